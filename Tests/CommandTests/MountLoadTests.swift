import Foundation
import TestSupport
import Testing

/// Much at once in a mounted vault.
@Suite(.requiresLinux, .requiresFUSE) struct MountLoadTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  @Test(
    .requires("fio"),
    arguments: [
      "--rw=randrw --bs=4k", "--rw=randwrite --bsrange=512-64k --fsync=32", "--rw=write --bs=1m",
    ])
  func fioVerifiesWhatItWrote(_ options: String) throws {
    try desk.mountedCase { nadia in
      let line =
        """
        cd ../../.. && fio --name=record --filename="$1/Notes/fio.bin" --size=8m \
        --ioengine=psync --verify=crc32c --verify_fatal=1 --verify_state_save=0 --fallocate=none \
        --randseed=7 $2
        """
      let written = try nadia.shell("\(line) --do_verify=1", nadia.path, options)
      #expect(written.status == 0, "\(written.output)\(written.errors)")
      try nadia.expect("Notes/fio.bin", is: nadia.read("Notes/fio.bin"))
      // Again from what was filed, with nothing of it in the kernel's memory.
      try nadia.mount.casevault("unmount", nadia.mount.path).succeeded()
      try nadia.mount.begin()
      let verified = try nadia.shell("\(line) --verify_only", nadia.path, options)
      #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
      #expect(try nadia.current().count == 1)
    }
  }

  /// A program that holds many large files open leaves room for all others.
  @Test func manyLargeFilesThatStayOpenKeepNobodyOut() throws {
    let program = """
      import os, subprocess
      open('Notes/large.txt', 'wb').write(b'l' * 3_000_000)
      held = []
      for number in range(50):
        held.append(os.open(f'Scans/{number}.pdf', os.O_CREAT | os.O_WRONLY))
        for _ in range(12): os.write(held[-1], bytes([number]) * 65_536)
        # Who reads has the others seal what they have.
        it = os.open('Notes/large.txt', os.O_RDONLY)
        os.posix_fadvise(it, 0, 0, os.POSIX_FADV_DONTNEED)
        while os.read(it, 131_072): pass
        os.close(it)
      subprocess.check_call(
        ['sh', '-c', 'echo a >Notes/a.txt && cat Summary.html >/dev/null && ls Scans >/dev/null'])
      for it in held: os.close(it)
      for number in range(50):
        assert open(f'Scans/{number}.pdf', 'rb').read() == bytes([number]) * 786_432
      """
    try desk.mountedCase { nadia in
      try nadia.python(program).succeeded()
      #expect(try nadia.current().count == 52)
    }
  }

  /// What fsx does: any operation, any place, and a model that knows what must be there.
  private static let walk = """
    import mmap, os, random, sys
    chance = random.Random(int(sys.argv[1])); name = 'Notes/walk.bin'; model = bytearray()
    it = os.open(name, os.O_CREAT | os.O_RDWR)
    for step in range(400):
      place, count = chance.randrange(200_000), chance.randrange(1, 30_000)
      act = chance.choice(['write', 'write', 'read', 'read', 'cut', 'map', 'again', 'sync'])
      if act == 'write':
        data = chance.randbytes(count); os.pwrite(it, data, place)
        model.extend(bytes(max(0, place - len(model)))); model[place:place + count] = data
      elif act == 'read': assert os.pread(it, count, place) == model[place:place + count], step
      elif act == 'cut':
        os.ftruncate(it, place); model.extend(bytes(max(0, place - len(model)))); del model[place:]
      elif act == 'map' and place < len(model):
        with mmap.mmap(it, 0) as pages:
          assert pages[place:place + count] == model[place:place + count], step
          data = chance.randbytes(min(count, len(model) - place))
          pages[place:place + len(data)] = data; model[place:place + len(data)] = data
      elif act == 'again': os.close(it); it = os.open(name, os.O_RDWR)
      elif act == 'sync': os.fsync(it)
      assert os.fstat(it).st_size == len(model), (step, act)
    os.close(it)
    open('../../../model.bin', 'wb').write(model)
    """

  @Test(arguments: [1, 2, 3]) func aRandomWalkEndsWhereItsModelDoes(_ seed: Int) throws {
    try desk.mountedCase { nadia in
      let walked = try nadia.python(Self.walk, "\(seed)", limit: 120)
      #expect(walked.status == 0, "\(walked.errors)")
      let model = try desk.files.read("model.bin")
      #expect(try eventually { try nadia.kept("Notes/walk.bin") == model })
      try nadia.expect("Notes/walk.bin", is: model)
      #expect(try nadia.current().count == 1)
    }
  }

  /// Memory for what is written is short, and whoever waits for it must not hold it.
  @Test func eightBigFilesComeAtOnce() throws {
    try desk.files.plant(someBytes(12 << 20), at: "big.bin")
    try desk.mountedCase { nadia in
      for round in 1...3 {
        try nadia.shell(
          """
          for n in 1 2 3 4 5 6 7 8; do
            cp ../../../big.bin "Scans/$1-$n.bin" & jobs="$jobs $!"
          done
          for job in $jobs; do wait $job || exit 1; done
          for n in 1 2 3 4 5 6 7 8; do cmp ../../../big.bin "Scans/$1-$n.bin" || exit 2; done
          """, "\(round)", limit: 120
        ).succeeded()
      }
    }
  }

  @Test func aStormOfRenamesLosesNothing() throws {
    try desk.mountedCase { nadia in
      let storm = try nadia.python(
        """
        import os
        children = []
        for who in range(4):
          child = os.fork()
          if child == 0:
            os.chdir('Notes')
            try:
              for turn in range(40):
                with open(f'.{who}.tmp', 'w') as it: it.write(f'{who} {turn}\\n')
                os.rename(f'.{who}.tmp', f'saved {who}.txt')
              with open(f'moved {who} 0.txt', 'w') as it: it.write(f'{who}\\n')
              for turn in range(40): os.rename(f'moved {who} {turn}.txt', f'moved {who} {turn + 1}.txt')
            except BaseException as error: print(error, flush=True); os._exit(1)
            os._exit(0)
          children.append(child)
        assert all([os.waitpid(child, 0)[1] == 0 for child in children])
        """, limit: 240)
      #expect(storm.status == 0, "\(storm.output)\(storm.errors)")
      let names = (0..<4).flatMap { ["moved \($0) 40.txt", "saved \($0).txt"] }.sorted()
      #expect(try nadia.names("Notes", all: true) == names)
      for who in 0..<4 {
        try nadia.expect("Notes/saved \(who).txt", is: "\(who) 39\n")
        try nadia.expect("Notes/moved \(who) 40.txt", is: "\(who)\n")
      }
      let versions = try nadia.versions()
      #expect(versions.count == 4 * (40 + 41), "\(versions.count)")
      #expect(versions.filter(\.isCurrent).count == 8)
    }
    #expect(try desk.casevault("check", "--deep").output.contains("Nothing is wrong."))
  }

  /// Whoever reads while others save sees one version or another, never half of two.
  private static let crowd = """
    import hashlib, os, time, traceback
    def whole(text):
      hash, _, data = text.partition(b'\\n')
      return hash == hashlib.sha256(data).hexdigest().encode()
    def page():
      data = os.urandom(30_000)
      return hashlib.sha256(data).hexdigest().encode() + b'\\n' + data
    def save(name, how):
      if how:
        with open(name, 'wb') as it: it.write(page())
      else:
        with open(f'.{os.getpid()}', 'wb') as it: it.write(page())
        os.rename(f'.{os.getpid()}', name)
    def write(who):
      for turn in range(12):
        save(f'own {who}.bin', turn % 2); save('shared.bin', False)
    def read(who):
      seen = 0
      while seen < 60 or not os.path.exists('../../../../done'):
        seen += 1
        if time.monotonic() > end: raise SystemExit(3)
        for name in os.listdir('.'):
          if name.startswith('.') or name.startswith('own'): continue
          try:
            with open(name, 'rb') as it: text = it.read()
          except FileNotFoundError: continue
          if not whole(text): raise SystemExit(4)
    os.chdir('Notes'); end = time.monotonic() + 120; save('shared.bin', False); children = {}
    for who in range(8):
      child = os.fork()
      if child == 0:
        code = 1
        try: (write if who < 4 else read)(who); code = 0
        except SystemExit as error: code = error.code
        except BaseException: traceback.print_exc()
        finally: os._exit(code)
      children[child] = who
    codes, writers = {}, 4
    while children:
      child, status = os.wait(); who = children.pop(child); codes[who] = status >> 8
      if who < 4:
        writers -= 1
        if writers == 0: open('../../../../done', 'w').close()
    assert not any(codes.values()), codes
    """

  @Test func eightProgramsAtOnceSeeWholeFilesAndLoseNone() throws {
    try desk.mountedCase { nadia in
      let ended = try nadia.python(Self.crowd, limit: 240)
      #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
      try nadia.expectEachIsItsRecord(in: "Notes", count: 5)
      let versions = try nadia.versions()
      #expect(versions.filter(\.isCurrent).count == 5)
      #expect(versions.count == 1 + 4 * 12 * 2)
    }
    #expect(try desk.casevault("check", "--deep").output.contains("Nothing is wrong."))
  }
}

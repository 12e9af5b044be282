import Foundation
import TestSupport
import Testing

/// What a stranger once broke in the mount. What is compared is what the vault holds: the kernel
/// remembers what programs wrote.
@Suite(.requiresLinux, .requiresFUSE) struct MountBrokenOnceTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// Writes in many ways, and keeps beside the mount what must be in each file.
  private static let writing = """
    import os, random
    here = '../../../expected'; os.mkdir(here); chance = random.Random(7)
    def expect(name, data): open(f'{here}/{name}', 'wb').write(data)
    def blocks(name, data, order, size):
      it = os.open(f'Notes/{name}', os.O_CREAT | os.O_RDWR)
      for place in order: os.pwrite(it, data[place * size:(place + 1) * size], place * size)
      return it
    open('Notes/a.txt', 'w').write('a letter\\n'); os.rename('Notes/a.txt', 'Notes/moved.txt')
    expect('moved.txt', b'a letter\\n')
    data = os.urandom(200_000); open('Notes/added.bin', 'wb').write(data)
    open('Notes/added.bin', 'ab').write(b'x\\n'); expect('added.bin', data + b'x\\n')
    data = bytearray(os.urandom(3_000_000)); open('Notes/patched.bin', 'wb').write(data)
    it = os.open('Notes/patched.bin', os.O_RDWR); os.pwrite(it, b'abcde', 1_500_000); os.close(it)
    data[1_500_000:1_500_005] = b'abcde'; expect('patched.bin', data)
    data = os.urandom(60 * 65_536); order = list(range(60)); chance.shuffle(order)
    os.close(blocks('shuffled.bin', data, order, 65_536)); expect('shuffled.bin', data)
    many = [open(f'Notes/many {number}.txt', 'w') for number in range(70)]
    for number, it in enumerate(many): it.write(f'hello {number}'); expect(f'many {number}.txt', b'hello %d' % number)
    for it in many: it.close()
    data = os.urandom(2 << 20); it = blocks('cut.bin', data, range(16), 131_072)
    os.ftruncate(it, 24 * 65_536); os.close(it); expect('cut.bin', data[:24 * 65_536])
    data = os.urandom(5_000_000); it = os.open('Notes/.gone', os.O_CREAT | os.O_RDWR)
    os.write(it, data); os.unlink('Notes/.gone')
    assert b''.join(os.pread(it, 1 << 20, place) for place in range(0, 5_000_000, 1 << 20)) == data
    """

  @Test func whateverWayItIsWrittenTheVaultHoldsIt() throws {
    try desk.mountedCase { nadia in
      try nadia.python(Self.writing, limit: 120).succeeded()
      try nadia.mount.casevault("unmount", nadia.mount.path).succeeded()
      try nadia.mount.begin()
      try nadia.shell(
        "cd ../../../expected && for f in *; do cmp \"$f\" \"$OLDPWD/Notes/$f\" || exit 1; done"
      )
      .succeeded()
    }
    #expect(try desk.casevault("check", "--deep").output.contains("Nothing is wrong."))
  }

  @Test func namesThatAreShownAlikeAreTwoFiles() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("printf one >'Notes/q: a.txt'; printf two >'Notes/q? a.txt'").succeeded()
      for _ in 1...2 {
        #expect(try nadia.text("Notes/q: a.txt") == "one")
        #expect(try nadia.text("Notes/q? a.txt") == "two")
        try nadia.mount.casevault("unmount", nadia.mount.path).succeeded()
        try nadia.mount.begin()
      }
    }
  }

  /// The kernel still has written pages when the lock comes; others only read.
  @Test func aLockWithWrittenPagesShowsNothingAndKeepsThem() throws {
    try desk.mountedCase { nadia in
      try nadia.shell("for n in 1 2 3 4; do echo \"Heronbird $n\" >Notes/$n.txt; done").succeeded()
      let running = try nadia.startPython(
        """
        import mmap, os, time
        def held(name):
          it = os.open(name, os.O_RDONLY); pages = mmap.mmap(it, 0, prot=mmap.PROT_READ); pages[:9]
          return it, pages
        files = [held(f'Notes/{n}.txt') for n in range(1, 5)]
        it = os.open('Notes/map.bin', os.O_CREAT | os.O_RDWR); os.ftruncate(it, 3_600_000)
        pages = mmap.mmap(it, 0)
        for place in range(0, 3_600_000, 4_096): pages[place:place + 5] = b'dirty'
        desk = os.environ['DESK']; open(f'{desk}/ready', 'w').close()
        end = time.monotonic() + 60
        while not os.path.exists(f'{desk}/go') and time.monotonic() < end: time.sleep(0.02)
        for it, pages in files:
          try: print('read', os.pread(it, 9, 0))
          except OSError: pass
          child = os.fork()
          if child == 0: print('map', pages[:9], flush=True); os._exit(0)
          os.waitpid(child, 0)
        """.replacing("os.environ['DESK']", with: "'\(desk.files.path)'"), limit: 100)
      defer { running.stop() }
      #expect(eventually(within: 30) { desk.files.exists("ready") })
      try nadia.mount.casevault("lock").succeeded()
      #expect(eventually { !nadia.mount.isThere })
      try desk.files.plant([], at: "go")
      let ended = try running.end(within: 60)
      #expect(!ended.output.contains("Heronbird"), "\(ended.output)")
      try nadia.mount.casevault("unlock").succeeded()
      try nadia.mount.begin()
      #expect(try eventually { try nadia.names("Notes").contains("map (recovered).bin") })
    }
  }
}

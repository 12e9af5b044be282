import Foundation
import TestSupport
import Testing

/// Programs that carry, check and read files, at work in a mounted vault.
@Suite(.requiresLinux, .requiresFUSE) struct MountProgramsTests {
  let desk: Desk
  init() throws { desk = try Desk() }

  /// Files of all kinds in the desk's folder `in`.
  private func plantFiles() throws -> Int {
    let sizes = [0, 1, 4_095, 4_096, 65_537, 300_000]
    for size in sizes { try desk.files.plant(someBytes(size), at: "in/\(size).bin") }
    try desk.files.plant(Array("Words.\n".utf8), at: "in/Zoë & Co.txt")
    try desk.shell("touch -d '2026-03-04 05:06:07 UTC' in/*").succeeded()
    return sizes.count + 1
  }

  @Test(
    arguments: [
      "rsync -aO ../../../in/ Notes/ && rsync -aO Notes/ ../../../out",
      "rsync -aO --inplace ../../../in/ Notes/ && rsync -aO Notes/ ../../../out",
      "tar -C ../../../in -cf - . | tar --no-overwrite-dir -C Notes -xf - && mkdir ../../../out && "
        + "tar -C Notes -cf ../../../out.tar . && tar -C ../../../out -xf ../../../out.tar",
      "cp -a ../../../in/* Notes/ && cp -a Notes ../../../out",
      "cp -r ../../../in/* Notes/ && cp -r Notes ../../../out",
      "for f in ../../../in/*; do dd if=\"$f\" of=\"Notes/${f##*/}\" bs=777 conv=fsync; done && "
        + "mkdir ../../../out && "
        + "for f in Notes/*; do dd if=\"$f\" of=\"../../../out/${f##*/}\"; done",
      "install -m 644 ../../../in/* Notes/ && cp -r Notes ../../../out",
      "cd Notes && (cd \"$1\"/in && find . -type f | cpio -o) | cpio -i && cp -r . \"$1\"/out",
    ].filter { line in
      ["rsync", "cpio"].allSatisfy { Needs.finds($0) || !line.contains($0) }
    })
  func whatIsCarriedInAndOutIsTheSame(_ line: String) throws {
    let count = try plantFiles()
    try desk.mountedCase { nadia in
      let ended = try nadia.shell(line, desk.files.path)
      #expect(ended.status == 0, "\(ended.errors)")
      let compared = try desk.shell("diff -r in out")
      #expect(compared.status == 0, "\(compared.output)\(compared.errors)")
      try nadia.expectEachIsItsRecord(in: "Notes", count: count)
      #expect(try nadia.versions().count == count)
    }
  }

  @Test(.requires("rsync")) func rsyncOfTheSameAgainBringsNothingNew() throws {
    let count = try plantFiles()
    try desk.mountedCase { nadia in
      try nadia.shell("rsync -aO ../../../in/ Notes/").succeeded()
      let again = try nadia.shell("rsync -aOi ../../../in/ Notes/").succeeded()
      #expect(!again.output.contains(">f"), "\(again.output)")
      #expect(try nadia.versions().count == count)
      // One that changed is one new version.
      try desk.files.plant(Array("Other words.\n".utf8), at: "in/Zoë & Co.txt")
      try nadia.shell("rsync -aO ../../../in/ Notes/").succeeded()
      #expect(try nadia.versions().count == count + 1)
      try nadia.expect("Notes/Zoë & Co.txt", is: "Other words.\n")
    }
  }

  @Test func aMailProgramReadsWhatWasFiled() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let mail = message(
      subject: "=?utf-8?q?Z=C3=BCrich?=", headers: ["MIME-Version: 1.0"], body: "Dear all,\n")
    try desk.mail(mail, in: reference)
    try desk.mounted { mount in
      let nadia = MountedCase(mount: mount, reference: reference, name: "\(reference) Nadia")
      try nadia.expect("Correspondence/Zürich.eml", is: mail)
      let read = try nadia.python(
        """
        import email, email.policy
        with open('Correspondence/Zürich.eml', 'rb') as it:
          mail = email.message_from_binary_file(it, policy=email.policy.default)
        print(mail['subject'], mail['from'].addresses[0].username, mail.get_content(), sep='|')
        """)
      #expect(read.output == "Zürich|nadia|Dear all,\n\n", "\(read.errors)")
    }
  }

  @Test(.requires("mutt", "script")) func muttReadsAMailboxInTheMount() throws {
    let box = (1...1).map {
      "From n@example.org Fri Nov 20 10:00:00 2026\n" + message(id: "\($0)@example.org")
    }
    try desk.file("in.mbox", box.joined(separator: "\n"))
    try desk.mountedCase { nadia in
      try nadia.shell("cp ../../../in.mbox Correspondence/in.mbox").succeeded()
      let ended = try nadia.shell(
        """
        cd ../../..; box="$OLDPWD/Correspondence/in.mbox"
        pipe='<pipe-message>cat >>out<enter>'
        keys="<first-entry>$pipe$pipe<exit>"
        script -qec "mutt -n -F /dev/null -R -f '$box' \
        -e 'set wait_key=no quit=yes; push \\"$keys\\"'" /dev/null
        """, limit: 30)
      let piped = String(decoding: (try? desk.files.read("out")) ?? [], as: UTF8.self)
      #expect(piped.contains("The heating is broken."), "\(ended.output)")
      try nadia.expect("Correspondence/in.mbox", is: box.joined(separator: "\n"))
      #expect(try nadia.versions().count == 1)
    }
  }

  @Test(.requiresCorpus) func everyMailOfTheCorpusIsReadAsItWasFiled() throws {
    let reference = try desk.openCase("--client", "Nadia")
    let mails = Corpus.mails.filter { name in
      (try? Corpus.bytes("mail/\(name)").starts(with: Array("From ".utf8))) == false
    }
    let added = try desk.run(
      ["mail", "add", reference, "--json"] + mails.map { Corpus.path("mail/\($0)") }
    ).objects().filter { $0["duplicate"] as? Bool == false }
    try desk.mounted { mount in
      let hashes = try mount.shell(
        "cd Open/*/Correspondence && find . -type f -exec sha256sum {} + | cut -c 1-64"
      ).succeeded().lines
      let known = try desk.shell("sha256sum '\(Corpus.path("mail"))'/*.eml | cut -c 1-64").lines
      #expect(hashes.count == added.count && added.count > 50)
      #expect(Set(hashes).isSubset(of: known))
    }
  }

  @Test(.requiresCorpus, .requires("pdftotext", "pdfinfo")) func scansAreReadInPlace() throws {
    let scans = Corpus.scans.filter { $0.hasSuffix(".pdf") }
    try desk.mountedCase { nadia in
      for scan in scans {
        let original = Corpus.path("scans/\(scan)")
        try nadia.shell("cp \"$1\" Scans/", original).succeeded()
        let line = "pdfinfo \"$1\" | grep -v 'File size'; pdftotext \"$1\" -"
        let here = try nadia.shell(line, "Scans/\(scan)")
        let there = try desk.launch(["/bin/sh", "-c", line, "sh", original]).end()
        #expect(here.status == 0 && here.bytes == there.bytes, "\(scan): \(here.errors)")
      }
      try nadia.expectEachIsItsRecord(in: "Scans", count: scans.count)
      #expect(try nadia.versions().count == scans.count)
    }
  }
}

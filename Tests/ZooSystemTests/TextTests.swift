import Testing
import ZooSystem

@Suite struct TextTests {
  @Test func wordsOfACommandAreQuotedAsForAShell() {
    #expect(shellLine(["/bin/zoo", "photos/val-1.jpg"]) == "zoo photos/val-1.jpg")
    #expect(shellLine(["/bin/zoo", "head:5@1e-3, block_16"]) == "zoo 'head:5@1e-3, block_16'")
    #expect(shellLine(["/bin/zoo", "it's"]) == "zoo 'it'\\''s'")
    #expect(shellLine(["/bin/zoo", ""]) == "zoo ''")
    #expect(shellLine(["/bin/zoo", "$(rm)"]) == "zoo '$(rm)'")
  }
}

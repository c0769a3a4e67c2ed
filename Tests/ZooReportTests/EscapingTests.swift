import Testing

@testable import ZooReport

@Suite struct EscapingTests {
  @Test func whatIsInterpolatedIsText() {
    let name = "<script>alert('x')</script> & \"y\""
    let html: HTML = "<td title=\"\(name)\">\(name)</td>"
    #expect(
      html.text
        == "<td title=\"&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;\">"
        + "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;</td>")
    let nested: HTML = "<tr>\(html)</tr>"
    #expect(nested.text == "<tr>\(html.text)</tr>")
  }

  @Test func controlCharactersBecomeSpaces() {
    #expect(escaped("a\u{0}b\nc\u{1B}[31m") == "a b c [31m")
  }

  /// A class folder, a file and an argument may have any name.
  @Test(arguments: [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</style></title><b>", "a&b'c",
  ])
  func namesCannotBecomeMarkup(name: String) throws {
    var madeUp = MadeUp()
    madeUp.classes = [name, "bee"]
    madeUp.path = { "photos/val/\(name)/\($0).jpg" }
    madeUp.epochs = [.init(1, loss: 0.5, best: true)]
    var report = try madeUp.report()
    report.title = name
    report.making.command = ["zoo", "report", name]
    let html = report.html.text
    #expect(html.contains(escaped(name)))
    #expect(!html.contains(name))
    for tag in ["<script", "<img src=x", "</title><b>"] { #expect(!html.contains(tag)) }
  }

  @Test func longTextsLoseTheirMiddle() {
    #expect("abcdefghij".shortened(to: 5) == "ab…ij")
    #expect("abc".shortened(to: 5) == "abc")
  }
}

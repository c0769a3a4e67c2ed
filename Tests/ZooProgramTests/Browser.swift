import FoundationEssentials
import Testing
import ZooImage
import ZooSystem

/// Chromium without a window, as a ruler for pages. It gets no network: pages are files.
struct Browser {
  /// What it made of a page.
  struct Layout: Decodable {
    struct Chart: Decodable {
      /// Left, top, width, height in pixels.
      var box: [Double]
      var label: String
      /// Of the smallest text, in pixels.
      var textHeight: Double
      /// Texts that lie on one another, on a curve or on an upright line.
      var overlaps: [String]
    }

    struct Picture: Decodable {
      var isLoaded: Bool
      var alt: String
    }

    var scrollWidth: Double
    var clientWidth: Double
    var height: Double
    var headings: [String]
    var charts: [Chart]
    var pictures: [Picture]
    /// Elements that stick out on the right, but for tables that can be scrolled by themselves.
    var overflowing: [String]
    /// What the page asked for.
    var requests: [String]
    var scripts: Int
    /// Tables without a name.
    var unnamedTables: Int
  }

  private let folder =
    FileManager.default.temporaryDirectory.path + "/zoo-browser-\(UInt64.random(in: 0 ... .max))"

  /// `nil` where there is none.
  static let path: String? = ["chromium", "chromium-browser", "google-chrome"].lazy.flatMap { name in
    (environment("PATH") ?? "/usr/bin").split(separator: ":").map { "\($0)/\(name)" }
  }.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Lays the page out on a screen of that width, and measures it.
  func layout(of page: String, width: Int) throws -> Layout {
    try inFolder {
      let frame = try write("frame.html", Self.frame(page, width: width, height: 1_000, script: Self.ruler))
      let dump = try run(
        "--dump-dom", "--allow-file-access-from-files", "--virtual-time-budget=4000", "file://\(frame)")
      let found = try #require(dump.firstMatch(of: /id="result">([A-Za-z0-9+\/=]*)</), "\(dump.prefix(300))")
      let json = try #require(Data(base64Encoded: String(found.output.1)))
      return try JSONDecoder().decode(Layout.self, from: json)
    }
  }

  /// The page as it is seen: RGB 0…255, height × width × 3.
  func screenshot(of page: String, width: Int, height: Int, isDark: Bool = false) throws -> [Float] {
    try inFolder {
      let frame = try write("frame.html", Self.frame(page, width: width, height: height, script: ""))
      let picture = folder + "/page.png"
      try run(
        "--screenshot=\(picture)", "--force-device-scale-factor=1",
        "--window-size=\(width),\(height)", "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)",
        "file://\(frame)")
      return try ImageLoader(height: height, width: width).load(picture)
    }
  }

  /// The page as it is printed.
  func pdf(of page: String) throws -> [UInt8] {
    try inFolder {
      try run("--print-to-pdf=\(folder)/page.pdf", "--no-pdf-header-footer", "file://\(page)")
      return try InputFile.contents(of: folder + "/page.pdf", limit: 1 << 26)
    }
  }

  private func inFolder<Result>(_ body: () throws -> Result) throws -> Result {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body()
  }

  private func write(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    return "\(folder)/\(name)"
  }

  @discardableResult
  private func run(_ arguments: String...) throws -> String {
    let common = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--hide-scrollbars", "--user-data-dir=\(folder)/profile",
    ]
    let outcome = try Program.run(common + arguments, executable: try #require(Self.path), home: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  /// A window cannot be as narrow as a telephone, so pages are shown in a frame.
  private static func frame(_ page: String, width: Int, height: Int, script: String) -> String {
    """
    <!DOCTYPE html><html style="color-scheme:light dark"><body style="margin:0">
    <iframe src="file://\(page)" style="border:0;display:block;width:\(width)px;height:\(height)px"></iframe>
    <script>\(script)</script></body></html>
    """
  }

  private static let ruler = """
    addEventListener('load', () => {
      const frame = document.querySelector('iframe'), page = frame.contentDocument, root = page.documentElement;
      const all = (selector, within = page) => [...within.querySelectorAll(selector)];
      const box = element => element.getBoundingClientRect();
      const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
      const chart = svg => {
        const texts = all('text', svg), boxes = texts.map(box), overlaps = [];
        for (let i = 0; i < texts.length; i++)
          for (let j = 0; j < i; j++)
            if (meet(boxes[i], boxes[j])) overlaps.push(texts[j].textContent + ' / ' + texts[i].textContent);
        const within = (b, x, y) => x > b.left + 1 && x < b.right - 1 && y > b.top + 2 && y < b.bottom - 2;
        for (const line of all('polyline, line.border', svg)) {
          const matrix = line.getScreenCTM(), length = line.getTotalLength();
          const points = Array.from({ length: 400 }, (_, i) => line.getPointAtLength(i / 399 * length).matrixTransform(matrix));
          texts.forEach((text, i) => {
            if (!text.hasAttribute('transform') && points.some(p => within(boxes[i], p.x, p.y)))
              overlaps.push(text.textContent + ' / ' + line.getAttribute('class'));
          });
        }
        const outer = box(svg);
        return { box: [outer.left, outer.top, outer.width, outer.height], label: svg.getAttribute('aria-label'),
          textHeight: Math.min(...texts.filter(t => !t.hasAttribute('transform')).map(t => box(t).height)), overlaps };
      };
      const result = {
        scrollWidth: root.scrollWidth, clientWidth: root.clientWidth, height: root.scrollHeight,
        headings: all('h1, h2').map(e => e.textContent), charts: all('svg[role=img]').map(chart),
        pictures: [...page.images].map(i => ({ isLoaded: i.complete && i.naturalWidth > 0, alt: i.alt })),
        overflowing: all('body *').filter(e => !e.closest('.scroll table') && box(e).right > root.clientWidth + 1)
          .map(e => e.tagName + ' ' + e.getAttribute('class')),
        requests: frame.contentWindow.performance.getEntriesByType('resource').map(e => e.name),
        scripts: page.scripts.length,
        unnamedTables: all('table').filter(t => !t.caption && !t.closest('[aria-label]')).length,
      };
      const bytes = new TextEncoder().encode(JSON.stringify(result));
      document.body.innerHTML = '<p id="result">' + btoa(String.fromCharCode(...bytes)) + '</p>';
    });
    """
}

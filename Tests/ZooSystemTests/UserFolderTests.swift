import Testing

@testable import ZooSystem

@Suite struct UserFolderTests {
  private func path(_ folder: UserFolder, _ variables: [String: String]) -> String {
    folder.path { variables[$0] }
  }

  @Test func theSpecificationIsFollowed() {
    #expect(path(.data, ["HOME": "/someone"]) == "/someone/.local/share")
    #expect(path(.cache, ["HOME": "/someone"]) == "/someone/.cache")
    #expect(path(.data, ["HOME": "/someone", "XDG_DATA_HOME": "/data"]) == "/data")
    #expect(path(.cache, ["HOME": "/someone", "XDG_CACHE_HOME": "relative"]) == "/someone/.cache")
    #expect(path(.cache, ["HOME": "/"]) == "/.cache")
    #expect(path(.data, ["HOME": "."]).hasPrefix("/"))
  }

  @Test func withoutHomeThePathIsAbsolute() {
    #expect(path(.data, [:]).hasPrefix("/") && path(.data, [:]).hasSuffix("/.local/share"))
  }

  @Test func aProgramInABinFolderIsInstalled() {
    #expect(installationFolder(of: "/usr/local/bin") == "/usr/local")
    #expect(installationFolder(of: "/bin") == "")
    #expect(installationFolder(of: "/somewhere/.build/release") == nil)
  }
}

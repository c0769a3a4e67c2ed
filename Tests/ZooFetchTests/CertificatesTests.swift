import Testing

@testable import ZooFetch

@Suite struct CertificatesTests {
  /// As on a Fedora, with a libcurl of Debian.
  @Test func anotherSystemsCertificatesAreFound() {
    let (debian, fedora) = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
    #expect(Certificates.replacement(for: debian) { $0 == fedora } == fedora)
    #expect(Certificates.replacement(for: debian) { [debian, fedora].contains($0) } == nil)
    #expect(Certificates.replacement(for: debian) { _ in false } == nil)
  }
}

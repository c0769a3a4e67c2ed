import CCurlShim
import Glibc

/// Where the system's certificates are. libcurl looks for them where they were on the system that it was built for, which
/// another one may be when zoo carries it along.
enum Certificates {
  /// Fedora, openSUSE, Alpine and Arch.
  private static let elsewhere = [
    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
  ]

  /// The file to be used instead of libcurl's own; `nil` where that is there, or no other is.
  static let file: String? = zoo_curl_certificates().map { String(cString: $0) }.flatMap { usual in
    replacement(for: usual) { access($0, R_OK) == 0 }
  }

  static func replacement(for usual: String, isThere: (String) -> Bool) -> String? {
    isThere(usual) ? nil : elsewhere.first(where: isThere)
  }
}

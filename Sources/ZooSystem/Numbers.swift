/// `1 picture`, `2 pictures`.
public func counted(_ count: Int, _ noun: String) -> String {
  "\(count.grouped) \(noun)\(count == 1 ? "" : "s")"
}

/// With four decimals.
public func fixed(_ value: Double) -> String { rounded(value, decimals: 4) }

/// A share as `92.16 %`.
public func percent(_ share: Double) -> String { rounded(share * 100, decimals: 2) + " %" }

/// In decimal digits; what is too large or no number in Swift's own way.
public func rounded(_ value: Double, decimals: Int) -> String {
  guard value.isFinite, abs(value) < 1e9 else { return "\(value)" }
  guard decimals > 0 else { return "\(Int(value.rounded()))" }
  let unit = (0..<decimals).reduce(1) { power, _ in power * 10 }
  let scaled = Int((value * Double(unit)).rounded())
  let digits = String(abs(scaled) % unit)
  let zeros = String(repeating: "0", count: decimals - digits.count)
  return (scaled < 0 ? "-" : "") + "\(abs(scaled) / unit).\(zeros)\(digits)"
}

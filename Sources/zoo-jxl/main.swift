import CJXL
import ZooDecoding

let number = JxlDecoderVersion()
let helper = DecodingHelper(
  name: "zoo-jxl", subject: "JPEG XL pictures",
  version: "\(number / 1_000_000).\(number / 1_000 % 1_000).\(number % 1_000)")
helper.run { bytes, order, sink throws(DecodeFailure) in
  try JXLPicture(bytes).decode(order, into: &sink)
}

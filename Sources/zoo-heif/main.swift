import CHEIF
import ZooDecoding

let helper = DecodingHelper(
  name: "zoo-heif", subject: "HEIC and AVIF pictures", version: String(cString: heif_get_version()))
// Decoders may be libraries of their own, which cannot be opened later.
helper.run(prepare: { _ = heif_init(nil) }) { bytes, order, sink throws(DecodeFailure) in
  try HEIFPicture(bytes).decode(order, into: &sink)
}

import CTIFFShim
import ZooDecoding

let helper = DecodingHelper(
  name: "zoo-tiff", subject: "TIFF pictures", version: String(cString: zoo_tiff_version()))
helper.run { bytes, order, sink throws(DecodeFailure) in
  try TIFFPicture(bytes).decode(order, into: &sink)
}

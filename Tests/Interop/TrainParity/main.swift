// Trains a base for a few steps from given weights on given batches, for comparison with Keras: see
// ../train_parity.py, which writes the case and reads the result.
import ZooSystem

do {
  guard CommandLine.arguments.count == 4 else {
    throw FileError("zoo-train-parity", "takes three files: CASE.json INPUT.safetensors OUTPUT.safetensors")
  }
  let run = try ParityRun(case: CommandLine.arguments[1], input: CommandLine.arguments[2])
  try run.train(output: CommandLine.arguments[3])
} catch {
  Console.fail("\(error)")
}

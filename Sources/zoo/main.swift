import Glibc

StandardStreams.prepare()
Interruption.prepare()
let status = Program.run(Array(CommandLine.arguments.dropFirst()))
// Not `exit`: the libraries would take themselves down while threads that work ahead still use them.
fflush(nil)
_exit(status)

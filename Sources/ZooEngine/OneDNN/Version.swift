import COneDNN

extension Engine {
  /// The version of oneDNN that networks run on, as in `2.6.3`.
  public static var oneDNNVersion: String { OneDNN.version }

  /// The sets of instructions that networks run on, beyond those that every x86-64 processor has: what oneDNN finds,
  /// unless `ONEDNN_MAX_CPU_ISA` says less. Empty on other kinds of processors.
  public static var instructions: [String] { OneDNN.instructions }
}

extension OneDNN {
  fileprivate static var instructions: [String] {
    let all = [
      ("SSE4.1", dnnl_cpu_isa_sse41), ("AVX", dnnl_cpu_isa_avx), ("AVX2", dnnl_cpu_isa_avx2),
      ("AVX2-VNNI", dnnl_cpu_isa_avx2_vnni), ("AVX512", dnnl_cpu_isa_avx512_core),
      ("AVX512-VNNI", dnnl_cpu_isa_avx512_core_vnni), ("AVX512-BF16", dnnl_cpu_isa_avx512_core_bf16),
      ("AMX", dnnl_cpu_isa_avx512_core_amx),
    ]
    return all.filter { has($0.1) }.map(\.0)
  }
}

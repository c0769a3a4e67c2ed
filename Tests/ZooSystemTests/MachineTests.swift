import Glibc
import Synchronization
import Testing

@testable import ZooSystem

@Suite struct MachineTests {
  @Test func thisOneIsKnown() {
    #if arch(x86_64)
      #expect(Machine.processorName?.isEmpty == false)
    #endif
    #expect(Machine.processorCount >= 1)
    #expect(Machine.memory > 1 << 20)
  }
}

@Suite struct ControlGroupTests {
  /// What the kernel's files, by their paths below the mount, let a process of these groups have.
  private func limits(_ membership: String, _ files: [String: String]) throws -> ControlGroup {
    let folder = try TemporaryFolder()
    for (path, text) in files.merging(["membership": membership], uniquingKeysWith: { own, _ in own }) {
      let target = "\(folder.path)/\(path)"
      try createFolder(String(target[..<(target.lastIndex(of: "/") ?? target.startIndex)]))
      let file = try AtomicFile(target)
      try file.write(Array(text.utf8))
      try file.commit()
    }
    return withExtendedLifetime(folder) {
      ControlGroup(membership: "\(folder.path)/membership", mount: folder.path)
    }
  }

  @Test func theTightestGroupAroundCounts() throws {
    let limits = try limits(
      "0::/outer/inner\n",
      [
        "cgroup.controllers": "cpu memory\n",
        "outer/cpu.max": "150000 100000\n", "outer/inner/cpu.max": "max 100000\n",
        "outer/memory.max": "max\n", "outer/inner/memory.max": "1073741824\n",
      ])
    #expect(limits.processors == 1.5)
    #expect(limits.memory == 1 << 30)
  }

  @Test func theFirstVersionIsRead() throws {
    let limits = try limits(
      "5:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/job\n",
      [
        "cpu,cpuacct/job/cpu.cfs_quota_us": "50000\n", "cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
        "memory/job/memory.limit_in_bytes": "536870912\n",
      ])
    #expect(limits.processors == 0.5)
    #expect(limits.memory == 512 << 20)
  }

  @Test func bothVersionsBesideEachOther() throws {
    let limits = try limits(
      "4:memory:/job\n0::/job\n",
      ["unified/job/cpu.max": "400000 100000\n", "memory/memory.limit_in_bytes": "268435456\n"])
    #expect(limits.processors == 4)
    #expect(limits.memory == 256 << 20)
  }

  @Test(arguments: ["-1\n", "", "many\n", "0\n"])
  func noLimitIsNone(_ quota: String) throws {
    let limits = try limits(
      "4:cpu:/\n0::/\n",
      ["cpu/cpu.cfs_quota_us": quota, "cpu/cpu.cfs_period_us": "100000\n", "unified/cpu.max": "max \(quota)"])
    #expect(limits == (try self.limits("", [:])))
    #expect(limits.processors == nil && limits.memory == nil)
  }
}

/// They limit the threads of the whole process, so one after the other.
@Suite(.serialized) struct ThreadsTests {
  /// The threads that call the body, and the numbers in the order in which they come.
  private func work(_ count: Int, threads: Int) -> (threads: Set<pthread_t>, numbers: [Int]) {
    Threads.limit(to: threads)
    defer { Threads.limit(to: Machine.processorCount) }
    let seen = Mutex((threads: Set<pthread_t>(), numbers: [Int]()))
    Threads.forEach(count) { index in
      // So long that other threads come, if there are any.
      usleep(200)
      seen.withLock {
        $0.threads.insert(pthread_self())
        $0.numbers.append(index)
      }
    }
    return seen.withLock { $0 }
  }

  @Test func oneThreadIsTheCallers() {
    let (threads, numbers) = work(100, threads: 1)
    #expect(threads == [pthread_self()])
    #expect(numbers == Array(0..<100))
    let body = Mutex<pthread_t?>(nil)
    Threads.limit(to: 1)
    defer { Threads.limit(to: Machine.processorCount) }
    Threads.beside { body.withLock { $0 = pthread_self() } }
    #expect(body.withLock { $0 } == pthread_self())
  }

  @Test(arguments: [2, 5, 64])
  func noMoreThanTheLimitWork(_ limit: Int) {
    let (threads, numbers) = work(1_000, threads: limit)
    #expect(threads.count <= limit)
    #expect(numbers.sorted() == Array(0..<1_000))
  }

  @Test func ofNothingThereIsNothingToDo() {
    #expect(work(0, threads: 4).numbers.isEmpty)
  }
}

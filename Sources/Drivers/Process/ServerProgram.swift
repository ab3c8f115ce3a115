internal import TernEngine
internal import TernNode
internal import TernPersistence

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `tern-server`: what redis-server and redis-sentinel are to whoever starts, stops and watches them.
package enum ServerProgram {
  static let version = "0.1.0"
  static let compatibleVersion = CompatibleVersion.redis
  static var product: String { "Tern \(version)" }

  /// - Parameter arguments: the program's name first
  package static func run(_ arguments: [String]) -> Never {
    let environment = ConfigurationFiles.environment(product: product)
    let launch: LaunchArguments
    do throws(ConfigurationError) {
      launch = try LaunchArguments(arguments, environment: environment)
    } catch {
      refuse(error)
    }
    switch launch.mode {
    case .server:
      Daemon.detachIfAsked(launch.configuration, arguments)
      ServerRun(launch, environment).run()
    case .sentinel:
      Daemon.detachIfAsked(launch.configuration, arguments)
      ServerRun(launch, environment).runSentinel()
    case .version:
      ProcessLog.write(
        "Tern server v=\(compatibleVersion) sha=00000000:0 malloc=tern bits=\(Int.bitWidth) build=\(version) "
          + "(Tern \(version), compatible with Redis \(compatibleVersion))\n", to: STDOUT_FILENO)
      exit(0)
    case .help:
      ProcessLog.write(usage, to: STDERR_FILENO)
      exit(1)
    case .checkSystem:
      ProcessLog.write("[tern] nothing to check: no fork, no overcommit, no huge pages\n", to: STDOUT_FILENO)
      exit(0)
    case .testMemory:
      ProcessLog.write("tern-server has no memory test; memtest86 and its like do this better.\n", to: STDERR_FILENO)
      exit(1)
    case .checkRDB(let arguments): exit(FileChecks.rdb(arguments))
    case .checkAOF(let arguments): exit(FileChecks.aof(arguments))
    }
  }

  private static func refuse(_ error: ConfigurationError) -> Never {
    switch error.report {
    case .fatal, .usage: ProcessLog.write(error.description, to: STDERR_FILENO)
    case .log: ProcessLog(path: "").log(.warning, .child, error.description)
    }
    exit(1)
  }

  private static let usage = """
    Usage: tern-server [/path/to/redis.conf] [options] [-]
           tern-server - (read config from stdin)
           tern-server -v or --version
           tern-server -h or --help
           tern-server --check-system
           tern-server --check-rdb FILE
           tern-server --check-aof [--fix|--truncate-to-timestamp SECONDS] FILE

    Examples:
           tern-server (run the server with default conf)
           echo 'maxmemory 128mb' | tern-server -
           tern-server /etc/redis/6379.conf
           tern-server --port 7777
           tern-server --port 7777 --replicaof 127.0.0.1 8888
           tern-server /etc/myredis.conf --loglevel verbose -

    Sentinel mode:
           tern-server /etc/sentinel.conf --sentinel

    """
}

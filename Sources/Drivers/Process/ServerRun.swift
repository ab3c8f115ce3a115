internal import TernNode
internal import TernPersistence
internal import TernSentinel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One run of the data server, from the first log line to the exit status.
final class ServerRun: @unchecked Sendable {
  private var configuration: Configuration
  private let launch: LaunchArguments
  private let environment: ConfigurationEnvironment
  private let log: ProcessLog
  private let processID = getpid()
  /// Of a start by hand.
  private let progress: TerminalProgress?
  private var host: NodeHost?
  private var startedAt = HostClock.monotonicNanoseconds()

  init(_ launch: LaunchArguments, _ environment: ConfigurationEnvironment) {
    self.launch = launch
    self.environment = environment
    configuration = launch.configuration
    let path = configuration.logfile.isEmpty ? "" : FilePaths.join(configuration.dir.path, configuration.logfile)
    progress = path.isEmpty && !configuration.daemonize && TerminalProgress.hasTerminal ? TerminalProgress() : nil
    log = ProcessLog(path: path, progress: progress)
  }

  func run() -> Never {
    if let promise = configuration.unkeptPromise {
      ProcessLog.write(
        ConfigurationError(.fatal(line: nil, reason: "\(promise.name): \(promise.reason)"), product: environment.product).description,
        to: STDERR_FILENO)
      exit(1)
    }
    let options = prepare()
    let host = NodeHost(configuration: configuration, options: options)
    self.host = host
    listen { () throws(ListenError) in try host.start() }
    say(.warning, role, "Server initialized")
    if !configuration.ignoredDirectivesSet.isEmpty {
      say(.notice, role, "Directives without effect here: \(configuration.ignoredDirectivesSet.joined(separator: " "))")
    }
    progress?.begin { host.withCore { $0.loading?.progress } }
    do throws(StartError) {
      try host.load()
    } catch {
      progress?.end()
      fail("\(error)")
    }
    progress?.end()
    say(.notice, role, "Ready to accept connections")
    if let socket = configuration.unixsocket { say(.notice, role, "The server is now ready to accept connections at \(socket)") }
    serveSignals(host)
  }

  func runSentinel() -> Never {
    let options = prepare()
    let state = SentinelStateFile(configuration, configurationFile: configurationFile)
    var sentinel = SentinelConfiguration()
    do throws(SentinelConfigurationError) {
      sentinel = try SentinelConfiguration(
        lines: launch.sentinelLines.map { .init(number: $0.number, arguments: $0.arguments) },
        isExecutable: { SentinelHost.isExecutable($0) })
    } catch {
      let line = launch.sentinelLines.first { $0.number == error.lineNumber }
      let place = line.map { ConfigurationError.Line(number: $0.number, text: $0.text, includedFrom: $0.includedFrom) }
      ProcessLog.write(
        ConfigurationError(.fatal(line: place, reason: error.reason), product: environment.product).description, to: STDERR_FILENO)
      exit(1)
    }
    do throws(StartError) { try state.restore(into: &sentinel) } catch { fail("\(error)") }
    let host = SentinelHost(configuration: configuration, sentinel: sentinel, state: state, options: options) { [self] in end($0) }
    self.host = host.node
    sentinelHost = host
    listen { () throws(ListenError) in try host.start() }
    serveSignals(host.node)
  }
  /// Kept as long as the process runs.
  private var sentinelHost: SentinelHost?

  /// The file given on the command line, absolute.
  private var configurationFile: String? {
    launch.configurationFile.map { FilePaths.join(environment.currentDirectory, $0) }
  }

  /// What comes before the first socket.
  private func prepare() -> NodeHost.Options {
    ServerSignals.prepare()
    if configuration.crashLogEnabled { CrashReport.install(log.path) }
    announce()
    if chdir(configuration.dir.path) != 0 {
      fail("Can't chdir to '\(configuration.dir.path)': \(SystemErrorText.text(errno))")
    }
    configuration.maxclients = DescriptorLimit.raise(for: configuration.maxclients)
    var options = NodeHost.Options(identity: ProcessIdentity.make(configurationFile: configurationFile ?? ""))
    options.isServerProcess = true
    options.environment = environment
    options.log = log
    options.onShutdown = { [self] status in end(status) }
    return options
  }

  private func listen(_ start: () throws(ListenError) -> Void) {
    say(.notice, role, "monotonic clock: POSIX clock_gettime")
    showBanner()
    do throws(ListenError) {
      try start()
    } catch {
      if let port = error.port { fail("Failed listening on port \(port) (TCP), aborting.") }
      fail(error.description)
    }
    writePIDFile()
  }

  private var role: LogLine.Role { launch.mode == .sentinel ? .sentinel : configuration.replicaof.address == nil ? .primary : .replica }

  private func say(_ level: LogLevel, _ role: LogLine.Role, _ text: String) {
    if level >= configuration.loglevel { log.log(level, role, text) }
  }

  private func fail(_ text: String) -> Never {
    say(.warning, role, text)
    removeFiles()
    exit(1)
  }

  private func announce() {
    say(.warning, .child, "oO0OoO0OoO0Oo Tern is starting oO0OoO0OoO0Oo")
    say(
      .warning, .child,
      "Tern version=\(ServerProgram.version), compatible with Redis version=\(ServerProgram.compatibleVersion), bits=\(Int.bitWidth), "
        + "pid=\(processID), just started")
    if launch.hasArguments {
      say(.warning, .child, "Configuration loaded")
    } else {
      say(
        .warning, .child,
        "Warning: no config file specified, using the default config. "
          + "In order to specify a config file use tern-server /path/to/redis.conf")
    }
  }

  /// Process managers read the pid from the banner; without it, the mode and the port stand in one line.
  private func showBanner() {
    let showsLogo = configuration.alwaysShowLogo || (configuration.logfile.isEmpty && isatty(STDOUT_FILENO) == 1)
    guard showsLogo else { return say(.notice, role, "Running mode=\(mode), port=\(configuration.port).") }
    log.write(
      """

            __
        ___( o)>   Tern \(ServerProgram.version) (compatible with Redis \(ServerProgram.compatibleVersion)) \(Int.bitWidth) bit
        \\ <_. )
         `---'     Running in \(mode) mode
                   Port: \(configuration.port)
                   PID: \(processID)


      """)
  }

  private var mode: String { launch.mode == .sentinel ? "sentinel" : "standalone" }

  // MARK: files

  private func writePIDFile() {
    guard let path = pidFile else { return }
    let descriptor = posixOpen(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return say(.warning, role, "Failed to write PID file: \(SystemErrorText.text(errno))") }
    ProcessLog.write("\(processID)\n", to: descriptor)
    _ = posixClose(descriptor)
    isPIDFileOurs = true
  }
  private var isPIDFileOurs = false

  private var pidFile: String? { configuration.pidfile ?? (configuration.daemonize ? "/var/run/redis.pid" : nil) }

  private func removeFiles() {
    if isPIDFileOurs, let pidFile { unlink(pidFile) }
    if host != nil, let socket = configuration.unixsocket { unlink(FilePaths.join(configuration.dir.path, socket)) }
  }

  // MARK: the end

  private func serveSignals(_ host: NodeHost) -> Never {
    while true {
      let signal = ServerSignals.next()
      let name = signal == SIGINT ? "SIGINT" : "SIGTERM"
      host.log(.warning, "Received \(name) scheduling shutdown...")
      let options = signal == SIGINT ? configuration.shutdownOnSigint : configuration.shutdownOnSigterm
      let save: Bool? = options.contains(.save) ? true : options.contains(.nosave) ? false : nil
      host.requestShutdown(save: save, now: options.contains(.now), force: options.contains(.force))
    }
  }

  /// Called on the event loop; the files are finished on another thread, and the process ends from there.
  private func end(_ status: Int32) {
    guard let host else { _exit(status) }
    host.inBackground { [self] in
      host.endFiles()
      removeFiles()
      host.log(.warning, "Tern is now ready to exit, bye bye...")
      // Not exit: other threads still run, and must not meet destroyed globals.
      _exit(status)
    }
  }
}

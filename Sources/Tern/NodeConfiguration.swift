internal import TernDrivers
internal import TernEngine
internal import TernNode

extension Node {
  /// How a node is set up. What has no property here can be said in `text` or `file`, in the words of a redis.conf.
  public struct Configuration: Sendable {
    /// What survives a restart.
    public enum Persistence: Hashable, Sendable {
      /// Nothing.
      case none
      /// A snapshot file, written now and then (Redis's default save points) and at a clean stop.
      case snapshots
      /// Every write is appended to a log on the disk.
      case appendOnly(Sync)

      /// When the log is forced to the disk.
      public enum Sync: String, Hashable, Sendable {
        case always
        case everySecond = "everysec"
        case whenTheSystemLikes = "no"
      }
    }

    /// Another node, by host and port.
    public struct Endpoint: Hashable, Sendable {
      public var host: String
      public var port: Int
      public init(host: String, port: Int) {
        self.host = host
        self.port = port
      }
    }

    /// Nodes of which one leads, and the sentinels in their processes that see to it.
    public struct Cluster: Hashable, Sendable {
      /// What clients ask the sentinels for.
      public var name: String
      /// All nodes, in the same order everywhere: `host` or `host:port`. Without a port it is this node's own. The first leads until there
      /// was a failover.
      public var members: [String]
      /// How many sentinels must see the leader down; nil: more than half.
      public var quorum: Int?
      /// Which of `members` this node is; nil: the one with its port, or with this host's name.
      public var own: String?
      /// nil: 20000 above the node's. The other members' sentinels are as far above their nodes.
      public var sentinelPort: Int?
      /// What an acknowledged write survives; nil: any failover if there are three members or more, which needs a directory.
      public var durability: Node.Durability?
      /// How long a node must be silent to be down, in whole milliseconds.
      public var downAfter: Duration = .seconds(5)
      /// How long the steps of a failover may take, in whole milliseconds.
      public var failoverTimeout: Duration = .seconds(60)

      public init(
        name: String, members: [String], quorum: Int? = nil, own: String? = nil, sentinelPort: Int? = nil,
        durability: Node.Durability? = nil
      ) {
        self.name = name
        self.members = members
        self.quorum = quorum
        self.own = own
        self.sentinelPort = sentinelPort
        self.durability = durability
      }
    }

    /// The RESP port: nil for none, 0 for one that the system chooses (``Node/port`` tells which).
    public var port: Int?
    /// The addresses that the port is opened on.
    public var addresses = ["127.0.0.1"]
    /// A unix socket to listen on as well.
    public var unixSocket: String?
    /// Where files are kept. Needed for any persistence; created if missing. Two nodes must not share one.
    public var directory: String?
    public var persistence: Persistence = .none
    /// The primary that this node follows; nil: it is one itself.
    public var replicaOf: Endpoint?
    /// The cluster that this node is a member of; it needs a port of its own then, and `replicaOf` must be nil.
    public var cluster: Cluster?
    /// What clients must AUTH with, and what this node tells its primary.
    public var password: String?
    /// A redis.conf to begin with.
    public var file: String?
    /// How values of the program's own types become bytes (``Key``).
    public var coder: any ValueCoder = .json
    /// How long a call of ``Node/leader`` may take, waiting for a failover included, unless it says otherwise.
    public var leaderTimeout: Duration = .seconds(15)
    /// So much of the log is kept for ``Node/changes(matching:from:values:)``, from the first such call on.
    public var changeLogBytes = 64 << 20
    /// How often figures go to swift-metrics (<doc:Observability>); nil: never. Needs the package trait `Metrics`.
    public var metricsInterval: Duration? = .seconds(10)
    /// The dimension `node` of the metrics; needed by several nodes in one process.
    public var metricsLabel: String?
    /// A closure that holds the node longer than this is logged, once for each place in the program; nil: never.
    public var longestClosure: Duration? = .milliseconds(50)
    /// Lines in the manner of a redis.conf, behind everything else: the last word.
    public var text = ""

    public init(
      port: Int? = nil, directory: String? = nil, persistence: Persistence = .none, replicaOf: Endpoint? = nil, password: String? = nil,
      cluster: Cluster? = nil, text: String = ""
    ) {
      self.port = port
      self.directory = directory
      self.persistence = persistence
      self.replicaOf = replicaOf
      self.password = password
      self.cluster = cluster
      self.text = text
    }
  }
}

extension Node.Configuration {
  func validated() throws(TernError) -> TernNode.Configuration {
    if persistence != .none, directory == nil, file == nil {
      throw TernError(.configuration, "persistence needs a directory")
    }
    if let directory { try DirectoryCreation.create(directory) }
    let configuration: TernNode.Configuration
    let lines = self.lines + (try clusterLines() + [text]).joined(separator: "\n") + "\n"
    do throws(ConfigurationError) {
      let environment = ConfigurationFiles.environment(product: "Tern")
      configuration = try TernNode.Configuration.parse(Array(lines.utf8), environment: environment)
    } catch {
      throw TernError(.configuration, error.description)
    }
    if let promise = configuration.unkeptPromise { throw TernError(.configuration, "\(promise.name): \(promise.reason)") }
    return configuration
  }

  private var lines: String {
    var lines: [String] = []
    func add(_ name: String, _ values: String...) {
      lines.append(name + " " + values.map { QuotedArguments.quote(Array($0.utf8)) }.joined(separator: " "))
    }
    if let file {
      add("include", file)
    } else {
      // A file decides these itself.
      switch persistence {
      case .none: add("save", "")
      case .snapshots: break
      case .appendOnly(let sync):
        add("save", "")
        add("appendonly", "yes")
        add("appendfsync", sync.rawValue)
      }
    }
    add("port", "\(port ?? 0)")
    lines.append("bind " + addresses.map { QuotedArguments.quote(Array($0.utf8)) }.joined(separator: " "))
    if let unixSocket { add("unixsocket", unixSocket) }
    if let directory { add("dir", directory) }
    if let replicaOf { add("replicaof", replicaOf.host, "\(replicaOf.port)") }
    if let password {
      add("requirepass", password)
      add("masterauth", password)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

enum DirectoryCreation {
  static func create(_ path: String) throws(TernError) {
    if let reason = ConfigurationFiles.createDirectory(path) {
      throw TernError(.storage, "the directory '\(path)' can't be made: \(reason)")
    }
  }
}

/// Who leads when a node starts that belongs to a cluster with sentinels in the nodes' own processes, and without a quorum's promises.
///
/// Redis starts whoever was a primary as a primary again. Two things go wrong with that: a primary that missed its own replacement takes
/// writes that are lost when it is found out, and one that comes back empty makes its replicas as empty as itself. So here nobody leads who
/// has not asked the others:
///
/// 1. The newest configuration that anybody knows (the greatest config epoch) names the primary. If that is another node, it is followed.
/// 2. If it is this node, or nobody knows any and this one is the first of the list, it leads as soon as a majority of the members has
///    answered: no failover that a majority voted for can have escaped all of them.
/// 3. Unless it has no data: then it leads only if all members have answered and none of them has any either, which is a first start. While
///    another has data it waits, and a failover passes it by.
package struct ClusterBootstrap: Hashable, Sendable {
  /// Where somebody holds the primary to be.
  package struct View: Hashable, Sendable {
    package var primary: InfoReport.Endpoint
    package var configEpoch: UInt64
    package init(primary: InfoReport.Endpoint, configEpoch: UInt64) {
      self.primary = primary
      self.configEpoch = configEpoch
    }
  }

  /// What another member answers. Each half may be missing.
  package struct Answer: Hashable, Sendable {
    /// Of its sentinel.
    package var view: View?
    /// Of its node: whether it holds keys, or a history that had some.
    package var hasData: Bool?
    package init(view: View? = nil, hasData: Bool? = nil) {
      self.view = view
      self.hasData = hasData
    }
    package var isNone: Bool { view == nil && hasData == nil }
  }

  package enum Decision: Hashable, Sendable {
    case lead(String)
    case follow(InfoReport.Endpoint)
    /// Follow nobody and take no writes: ask again soon.
    case wait(String)
  }

  package let own: InfoReport.Endpoint
  package let members: [InfoReport.Endpoint]
  /// What this node's own sentinel knew when it ended.
  package let saved: View?
  package let hasData: Bool

  package init(own: InfoReport.Endpoint, members: [InfoReport.Endpoint], saved: View?, hasData: Bool) {
    self.own = own
    self.members = members
    self.saved = saved
    self.hasData = hasData
  }

  package var others: [InfoReport.Endpoint] { members.filter { $0 != own } }

  /// - Parameter answers: in the order of `others`
  package func decide(_ answers: [Answer]) -> Decision {
    // Of two of one epoch, what another says is newer than what was saved here.
    let newest = (answers.map(\.view) + [saved]).compactMap(\.self).reduce(nil as View?) { best, view in
      best.map { view.configEpoch > $0.configEpoch || view.configEpoch == $0.configEpoch && $0.primary == own && view != saved } ?? true
        ? view : best
    }
    guard let named = newest?.primary ?? members.first else { return .lead("it is alone") }
    guard named == own else { return .follow(named) }
    let missing = zip(others, answers).filter { $0.1.hasData == nil }.map { Self.text($0.0) }
    guard hasData || others.isEmpty else {
      if let holder = zip(others, answers).first(where: { $0.1.hasData == true })?.0 {
        return .wait("this node is empty and \(Self.text(holder)) is not; a failover must pass it by")
      }
      guard missing.isEmpty else { return .wait("this node is empty, and has no answer from \(missing.joined(separator: ", "))") }
      return .lead("first start, no member has data")
    }
    let count = 1 + answers.filter { $0.view != nil }.count
    let needed = members.count / 2 + 1
    guard count >= needed else {
      let silent = zip(others, answers).filter { $0.1.view == nil }.map { Self.text($0.0) }
      return .wait("\(count) of \(members.count) members known, \(needed) needed; no answer from \(silent.joined(separator: ", "))")
    }
    return .lead(newest == nil ? "it is the first of the members" : "it was the primary, and nobody knows of a newer one")
  }

  private static func text(_ endpoint: InfoReport.Endpoint) -> String {
    endpoint.host.contains(":") ? "[\(endpoint.host)]:\(endpoint.port)" : "\(endpoint.host):\(endpoint.port)"
  }
}

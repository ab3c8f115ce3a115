/// Which replica is promoted.
///
/// Eligible is who
/// 1. is neither SDOWN nor disconnected,
/// 2. answered a ping within 5 ping periods,
/// 3. has a priority other than 0,
/// 4. has sent INFO lately (5 ping periods when the primary is SDOWN, else 3 INFO periods),
/// 5. had not lost its primary for longer than the primary is SDOWN plus ten times `down-after-milliseconds`.
///
/// Of those the one with, in this order, the lowest priority number, the greatest offset, the smallest run id (none is the greatest).
enum ReplicaSelection {
  /// The reason against a replica, or nil.
  static func objection(
    _ replica: MonitoredInstance, link: InstanceLink?, group: MonitoredGroup, timing: SentinelTiming, now: Int64
  ) -> String? {
    let primary = group.primary
    if replica.isSubjectivelyDown { return "is subjectively down" }
    guard let link, link.isUsable else { return "is disconnected" }
    if now - link.lastAvailable > timing.pingPeriod * 5 { return "answered no ping for \(now - link.lastAvailable) ms" }
    if replica.priority == 0 { return "has priority 0" }
    let validity = primary.isSubjectivelyDown ? timing.pingPeriod * 5 : timing.infoPeriod * 3
    guard let received = replica.infoReceived else { return "has sent no INFO yet" }
    if now - received > validity { return "sent INFO last \(now - received) ms ago, \(validity) ms at most are allowed" }
    let downTime = primary.isSubjectivelyDown ? now - (primary.subjectivelyDownSince ?? now) : 0
    let linkDownMax = downTime + primary.downAfter * 10
    if replica.primaryLinkDownTime > linkDownMax {
      return "has been without its master for \(replica.primaryLinkDownTime) ms, \(linkDownMax) ms at most are allowed"
    }
    return nil
  }

  static func isBetter(_ a: MonitoredInstance, than b: MonitoredInstance) -> Bool {
    if a.priority != b.priority { return a.priority < b.priority }
    if a.offset != b.offset { return a.offset > b.offset }
    guard let aID = a.runID else { return false }
    return b.runID.map { aID.lowercased() < $0.lowercased() } ?? true
  }
}

extension SentinelCore {
  /// The place of the replica to promote, and what speaks against each of the others that are not eligible.
  func selectReplica(_ g: Int) -> (selected: Int?, objections: [String]) {
    var selected: Int?
    var objections: [String] = []
    let group = groups[g]
    for (r, replica) in group.replicas.enumerated() {
      if let objection = ReplicaSelection.objection(replica, link: links[replica.link], group: group, timing: timing, now: now) {
        objections.append("\(replica.name) \(objection)")
      } else if selected.map({ ReplicaSelection.isBetter(replica, than: group.replicas[$0]) }) ?? true {
        selected = r
      }
    }
    return (selected, objections)
  }

  func logText(noGoodReplica objections: [String], _ g: Int) -> String {
    let reasons = objections.isEmpty ? "no replica is known" : objections.prefix(16).joined(separator: "; ")
    return "No suitable replica to promote for master \(groups[g].name): \(reasons)"
  }
}

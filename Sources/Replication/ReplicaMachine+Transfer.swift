internal import TernEngine

// The RDB of a full sync, and the way from it to the live stream.
extension ReplicaMachine {
  mutating func receive(
    _ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ transfer: Transfer, now: Int64, into actions: inout [ReplicaAction]
  ) {
    var transfer = transfer
    transfer.movedAt = now
    switch transfer.phase {
    case .header(var line):
      switch line.take(bytes, &index) {
      case .incomplete:
        transfer.phase = .header(line)
        state = .transfer(transfer)
      case .tooLong:
        actions += lose(
          "Bad protocol from MASTER: a line longer than \(ReplyLine.bytesMax) bytes where the RDB's length belongs", isClosed: false,
          now: now)
      case .line(let header): begin(header, transfer, now: now, into: &actions)
      }
    case .sized(let left):
      let count = min(left, Int64(bytes.count - index))
      let end = index + Int(count)
      if end > index { actions.append(.loadBytes(index..<end)) }
      index = end
      transfer.readBytes += count
      transfer.phase = left == count ? .loading : .sized(left: left - count)
      finishReading(transfer, now: now, into: &actions)
    case .marked(var scanner):
      var pieces: [EOFMarkScanner.Piece] = []
      let part = UnsafeRawBufferPointer(rebasing: bytes[index...])
      let end = scanner.scan(part, into: &pieces)
      for piece in pieces {
        switch piece {
        case .range(let range):
          actions.append(.loadBytes(range.lowerBound + index..<range.upperBound + index))
          transfer.readBytes += Int64(range.count)
        case .heldPrefix(let count):
          actions.append(.loadHeldBytes(Array(scanner.mark.prefix(count))))
          transfer.readBytes += Int64(count)
        }
      }
      index += end ?? part.count
      transfer.phase = end == nil ? .marked(scanner) : .loading
      finishReading(transfer, now: now, into: &actions)
    case .loading:
      transfer.earlyByteCount += bytes.count - index
      guard transfer.earlyByteCount <= configuration.earlyBytesMax else {
        actions += lose(
          "More than \(configuration.earlyBytesMax) bytes from MASTER behind the RDB while it is still being loaded", isClosed: false,
          now: now)
        return
      }
      transfer.early.append(Array(bytes[index...]))
      index = bytes.count
      state = .transfer(transfer)
    }
  }

  private mutating func begin(_ header: [UInt8], _ transfer: Transfer, now: Int64, into actions: inout [ReplicaAction]) {
    var transfer = transfer
    // An empty line keeps the link alive while the primary prepares the RDB.
    guard let first = header.first else {
      transfer.phase = .header(ReplyLine())
      state = .transfer(transfer)
      return
    }
    let text = printable(header)
    if first == UInt8(ascii: "-") {
      actions += lose("MASTER aborted replication with an error: \(printable(header.dropFirst()))", isClosed: false, now: now)
      return
    }
    guard first == UInt8(ascii: "$") else {
      actions += lose(
        "Bad protocol from MASTER, the first byte is not '$' (we received '\(text)'), are you sure the host and port are right?",
        isClosed: false, now: now)
      return
    }
    let target = configuration.loadsFromDisk ? "to disk" : "to parser"
    if header.starts(with: Array("$EOF:".utf8)) {
      let mark = Array(header.dropFirst(5))
      guard mark.count == ReplicationID.digitCount, let scanner = EOFMarkScanner(mark: mark) else {
        actions += lose(
          "Bad protocol from MASTER: an end mark of \(mark.count) bytes instead of \(ReplicationID.digitCount) ('\(text)')",
          isClosed: false, now: now)
        return
      }
      transfer.phase = .marked(scanner)
      actions.append(.log(.notice, "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF \(target)"))
    } else {
      guard let length = Int64(String(decoding: header.dropFirst(), as: UTF8.self)), (0...Self.offsetMax).contains(length),
        header.count > 1, header[1] != UInt8(ascii: "+")
      else {
        actions += lose("Bad protocol from MASTER: invalid RDB length '\(text)'", isClosed: false, now: now)
        return
      }
      transfer.totalBytes = length
      transfer.phase = length == 0 ? .loading : .sized(left: length)
      actions.append(.log(.notice, "MASTER <-> REPLICA sync: receiving \(length) bytes from master \(target)"))
    }
    actions.append(.log(.notice, "MASTER <-> REPLICA sync: Loading DB in memory"))
    actions.append(
      .beginLoad(link: link, expectedBytes: transfer.totalBytes, replid: transfer.replid, offset: transfer.offset))
    finishReading(transfer, now: now, into: &actions)
  }

  private mutating func finishReading(_ transfer: Transfer, now: Int64, into actions: inout [ReplicaAction]) {
    var transfer = transfer
    if case .loading = transfer.phase {
      transfer.newlineAt = now
      actions.append(.pauseReading(link: link))
      actions.append(.endLoad(link: link))
    }
    state = .transfer(transfer)
  }

  /// The data of the RDB serve now, and the log begins at the offset that `beginLoad` named.
  package mutating func loadFinished(link: Int, now: Int64) -> [ReplicaAction] {
    guard link == self.link, case .transfer(let transfer) = state, case .loading = transfer.phase else { return [] }
    resume = transfer.replid.map { ResumePoint(replid: $0, offset: transfer.offset) }
    if transfer.isClosed {
      downSince = now
      return [.log(.notice, "MASTER <-> REPLICA sync: Finished with success"), .discardPartialCommand]
        + connect("Reconnecting to MASTER", now: now)
    }
    goLive(offset: transfer.offset, isPrePSYNC: transfer.replid == nil, now: now)
    var actions: [ReplicaAction] = [
      .log(.notice, "MASTER <-> REPLICA sync: Finished with success"), .discardPartialCommand,
    ]
    // Behind an end mark the primary holds the stream back until it hears this.
    actions += acknowledge(now: now)
    if !transfer.early.isEmpty, case .connected(var live) = state {
      live.readOffset += Int64(transfer.earlyByteCount)
      state = .connected(live)
      for bytes in transfer.early { actions.append(.streamBytes(bytes)) }
    }
    actions.append(.resumeReading(link: link))
    return actions
  }

  /// The RDB could not be loaded (`beginLoad` up to `endLoad`, at any time); the old data stay.
  package mutating func loadFailed(link: Int, reason: String, now: Int64) -> [ReplicaAction] {
    guard link == self.link, case .transfer(let transfer) = state, transfer.hasHeader else { return [] }
    let source = configuration.loadsFromDisk ? "disk" : "socket"
    return lose("Failed trying to load the MASTER synchronization DB from \(source): \(reason)", isClosed: false, now: now)
  }
}

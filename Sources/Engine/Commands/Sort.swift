/// SORT and SORT_RO: what they are asked, and what they answer. The work is in SortedElements.
extension SortCommands {
  static func sort(_ call: Call) throws(CommandError) { try sort(call, isReadOnly: false) }
  static func sortReadOnly(_ call: Call) throws(CommandError) { try sort(call, isReadOnly: true) }

  struct Request {
    var isDescending = false
    var isAlphabetic = false
    /// BY names a key that does not depend on the element: the elements stay as they are.
    var isUnsorted = false
    var by: SortPattern?
    var offset: Int64 = 0
    var count: Int64 = -1
    var patterns: [SortPattern] = []
    /// The argument that names the key of the result.
    var destination: Int?
  }

  private static func request(_ call: Call, isReadOnly: Bool) throws(CommandError) -> Request {
    var request = Request()
    var i = 2
    while i < call.count {
      let left = call.count - i - 1
      if call.is(i, "ASC") {
        request.isDescending = false
      } else if call.is(i, "DESC") {
        request.isDescending = true
      } else if call.is(i, "ALPHA") {
        request.isAlphabetic = true
      } else if call.is(i, "LIMIT"), left >= 2 {
        request.offset = try call.integer(i + 1)
        request.count = try call.integer(i + 2)
        i += 2
      } else if !isReadOnly, call.is(i, "STORE"), left >= 1 {
        request.destination = i + 1
        i += 1
      } else if call.is(i, "BY"), left >= 1 {
        let pattern = SortPattern(call[i + 1].buffer)
        // Once said it stays, whatever a second BY says.
        if !pattern.hasStar { request.isUnsorted = true }
        request.by = pattern
        i += 1
      } else if call.is(i, "GET"), left >= 1 {
        request.patterns.append(SortPattern(call[i + 1].buffer))
        i += 1
      } else {
        throw .syntax
      }
      i += 1
    }
    return request
  }

  private static func sort(_ call: Call, isReadOnly: Bool) throws(CommandError) {
    var request = try request(call, isReadOnly: isReadOnly)
    let database = call.database
    let entry = database.find(call.key(1))
    if let entry, entry.type != .list, entry.type != .set, entry.type != .sortedSet { throw .wrongType }
    // A set has no order of its own that two nodes would share.
    if request.isUnsorted, entry?.type == .set, request.destination != nil {
      request.isUnsorted = false
      request.isAlphabetic = true
      request.by = nil
    }
    var elements = SortedElements(request)
    if let entry { elements.load(entry) }
    try elements.sort(in: database)
    guard let destination = request.destination else { return reply(call, elements, request) }
    let stored = database.storeSorted(call.key(destination), elements, request)
    call.reply.integer(Int64(stored))
  }

  private static func reply(_ call: Call, _ elements: SortedElements, _ request: Request) {
    let database = call.database
    call.reply.array(elements.count * max(1, request.patterns.count))
    elements.forEach { element in
      guard !request.patterns.isEmpty else { return call.reply.bulk(element) }
      for pattern in request.patterns {
        if !database.withValue(of: pattern, for: element, { call.reply.bulk($0) }) { call.reply.null() }
      }
    }
  }
}

extension Database {
  /// Puts the result in the place of what `key` held; nothing at all if it is empty. Returns how many elements it has.
  fileprivate func storeSorted(_ key: KeyView, _ elements: SortedElements, _ request: SortCommands.Request) -> Int {
    var builder = ListBuilder(heap: engine.heap, hash: engine.byteHash, limits: engine.limits)
    var count = 0
    elements.forEach { element in
      guard !request.patterns.isEmpty else {
        builder.append(element)
        return count += 1
      }
      for pattern in request.patterns {
        if !withValue(of: pattern, for: element, { builder.append($0) }) { builder.append(UnsafeRawBufferPointer(start: nil, count: 0)) }
        count += 1
      }
    }
    guard let list = builder.finish() else {
      remove(key)
      return 0
    }
    let existed = locateForWrite(key) != nil
    setCollectionValue(key, list, expiry: nil)
    recordList(key, count, replacing: existed)
    engine.hot.pointee.dirty &+= Int64(count)
    signal(key, .list, "sortstore")
    return count
  }

  /// As the list itself, not as a SORT: what orders equal texts may differ from node to node.
  private func recordList(_ key: KeyView, _ count: Int, replacing: Bool) {
    guard engine.effects.isRecording, let position = table.locate(key.hash, key.bytes, key.count) else { return }
    if replacing {
      engine.effects.begin(index, 2, "DEL")
      engine.effects.argument(key)
    }
    var left = count
    var open = 0
    position.entry.forEachElement { element in
      if open == 0 {
        open = min(left, Database.elementsOfEffectMax)
        engine.effects.begin(index, 2 + open, "RPUSH")
        engine.effects.argument(key)
      }
      engine.effects.argument(element)
      open -= 1
      left -= 1
    }
  }

  private static let elementsOfEffectMax = 4096

  /// Calls `body` with what `pattern` leads to for the element; false, and no call, if that is nothing.
  func withValue(of pattern: SortPattern, for element: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    if pattern.isElement {
      body(element)
      return true
    }
    guard pattern.hasStar else { return false }
    let name = pattern.key(for: element)
    return name.withUnsafeBytes { bytes in
      guard let entry = find(key(bytes)) else { return false }
      guard let field = pattern.field else {
        switch entry.string {
        case .bytes(let value): body(value)
        case .integer(let value): ListpackElement.integer(value).withBytes(body)
        case nil: return false
        }
        return true
      }
      guard entry.type == .hash else { return false }
      return field.withUnsafeBytes { field in
        // A pattern is no access to the field: one whose time is over is not taken out by it, only not seen.
        guard let value = HashView(entry).value(field, horizon: now) else { return false }
        value.withBytes(body)
        return true
      }
    }
  }
}

/// `prefix*suffix` for a key, `prefix*suffix->field` for a field of a hash, `#` for the element itself.
struct SortPattern {
  let isElement: Bool
  let hasStar: Bool
  private let prefix: [UInt8]
  private let suffix: [UInt8]
  let field: [UInt8]?

  init(_ pattern: UnsafeRawBufferPointer) {
    isElement = pattern.elementsEqual("#".utf8)
    guard let star = pattern.firstIndex(of: UInt8(ascii: "*")) else {
      hasStar = false
      prefix = []
      suffix = []
      field = nil
      return
    }
    hasStar = true
    prefix = Array(pattern[..<star])
    let rest = Array(pattern[(star + 1)...])
    // The first arrow counts, and only if something stands behind it.
    let arrow = rest.indices.dropLast().first { rest[$0] == UInt8(ascii: "-") && rest[$0 + 1] == UInt8(ascii: ">") }
    if let arrow, arrow + 2 < rest.count {
      suffix = Array(rest[..<arrow])
      field = Array(rest[(arrow + 2)...])
    } else {
      suffix = rest
      field = nil
    }
  }

  func key(for element: UnsafeRawBufferPointer) -> [UInt8] { prefix + element + suffix }
}

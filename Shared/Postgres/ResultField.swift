import CLibpq

/// A field of the server's errors and notices. `postgres_ext.h` names them by characters, which Swift does not import.
enum ResultField: Unicode.Scalar {
  case severity = "V"  // PG_DIAG_SEVERITY_NONLOCALIZED
  case sqlState = "C"
  case message = "M"
  case detail = "D"
  case hint = "H"
  case constraint = "n"

  /// The field's text; `nil` where the server gave none. The result is only read.
  func text(of result: OpaquePointer) -> String? {
    PQresultErrorField(result, Int32(rawValue.value)).map { String(cString: $0) }
  }
}

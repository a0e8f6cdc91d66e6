#include "CSimdjson.h"

#include <simdjson.h>

#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>

using namespace simdjson;

// A csj_value carries a dom::element (a document and a place on its tape) through C as it is.
template <typename Inner, typename Outer> static Outer wrap(const Inner &inner) {
  static_assert(sizeof(Inner) == sizeof(Outer) && std::is_trivially_copyable<Inner>::value, "layout");
  Outer outer;
  std::memcpy(static_cast<void *>(&outer), &inner, sizeof(outer));
  return outer;
}
static csj_value wrap(dom::element element) { return wrap<dom::element, csj_value>(element); }
static dom::element unwrap(csj_value value) { return wrap<csj_value, dom::element>(value); }

struct csj_parser {
  dom::parser parser;
};

csj_parser *csj_parser_new(void) { return new (std::nothrow) csj_parser; }
void csj_parser_free(csj_parser *parser) { delete parser; }
void csj_parser_shrink(csj_parser *parser) { parser->parser = dom::parser(); }
size_t csj_parser_capacity(const csj_parser *parser) { return parser->parser.capacity(); }

int csj_parse(csj_parser *parser, const char *bytes, size_t count, csj_value *root) {
  dom::element element;
  auto error = parser->parser.parse(bytes, count, true).get(element);
  if (!error) *root = wrap(element);
  return error;
}

const char *csj_message(int code) { return error_message(static_cast<error_code>(code)); }

csj_kind csj_kind_of(csj_value value) {
  switch (unwrap(value).type()) {
  case dom::element_type::ARRAY: return CSJ_ARRAY;
  case dom::element_type::OBJECT: return CSJ_OBJECT;
  case dom::element_type::STRING: return CSJ_STRING;
  case dom::element_type::BOOL: return CSJ_BOOL;
  case dom::element_type::NULL_VALUE: return CSJ_NULL;
  default: return CSJ_NUMBER;
  }
}

bool csj_string(csj_value value, const char **bytes, size_t *count) {
  std::string_view text;
  if (unwrap(value).get_string().get(text)) return false;
  *bytes = text.data();
  *count = text.size();
  return true;
}

bool csj_double(csj_value value, double *number) { return !unwrap(value).get_double().get(*number); }
bool csj_int64(csj_value value, int64_t *number) { return !unwrap(value).get_int64().get(*number); }
bool csj_bool(csj_value value, bool *flag) { return !unwrap(value).get_bool().get(*flag); }

bool csj_member(csj_value object, const char *key, size_t count, csj_value *value) {
  dom::object members;
  dom::element element;
  if (unwrap(object).get_object().get(members)) return false;
  if (members.at_key(std::string_view(key, count)).get(element)) return false;
  *value = wrap(element);
  return true;
}

template <typename Collection> static csj_members members_of(const Collection &collection) {
  using Iterator = typename Collection::iterator;
  return {wrap<Iterator, csj_value>(collection.begin()), wrap<Iterator, csj_value>(collection.end())};
}

bool csj_object_start(csj_value object, csj_members *members) {
  dom::object collection;
  if (unwrap(object).get_object().get(collection)) return false;
  *members = members_of(collection);
  return true;
}

bool csj_object_next(csj_members *members, const char **key, size_t *count, csj_value *value) {
  auto iterator = wrap<csj_value, dom::object::iterator>(members->next);
  if (!(iterator != wrap<csj_value, dom::object::iterator>(members->end))) return false;
  std::string_view name = iterator.key();
  *key = name.data();
  *count = name.size();
  *value = wrap(iterator.value());
  members->next = wrap<dom::object::iterator, csj_value>(++iterator);
  return true;
}

bool csj_array_start(csj_value array, csj_members *elements) {
  dom::array collection;
  if (unwrap(array).get_array().get(collection)) return false;
  *elements = members_of(collection);
  return true;
}

bool csj_array_next(csj_members *elements, csj_value *value) {
  auto iterator = wrap<csj_value, dom::array::iterator>(elements->next);
  if (!(iterator != wrap<csj_value, dom::array::iterator>(elements->end))) return false;
  *value = wrap(*iterator);
  elements->next = wrap<dom::array::iterator, csj_value>(++iterator);
  return true;
}

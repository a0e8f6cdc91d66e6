// The C interface of simdjson's DOM that the module JSON needs.
// Ownership: csj_parser_new gives a parser that csj_parser_free takes back. Every csj_value, and every pointer into
// a string, belongs to the parser's last document: the next csj_parse and csj_parser_free end its life.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csj_parser csj_parser;

typedef struct {
  const void *_Nullable document;
  size_t index;
} csj_value;

typedef struct {
  csj_value next;
  csj_value end;
} csj_members;

typedef enum { CSJ_NULL, CSJ_BOOL, CSJ_NUMBER, CSJ_STRING, CSJ_ARRAY, CSJ_OBJECT } csj_kind;

csj_parser *_Nullable csj_parser_new(void);
void csj_parser_free(csj_parser *_Nonnull parser);
// Ends the life of the last document, and gives its memory back.
void csj_parser_shrink(csj_parser *_Nonnull parser);
// Bytes of the longest text that it has memory for.
size_t csj_parser_capacity(const csj_parser *_Nonnull parser);

// 0, or an error code for csj_message. The bytes are copied; they may go once the call returns.
int csj_parse(csj_parser *_Nonnull parser, const char *_Nullable bytes, size_t count, csj_value *_Nonnull root);
const char *_Nonnull csj_message(int code);

csj_kind csj_kind_of(csj_value value);
bool csj_string(csj_value value, const char *_Nullable *_Nonnull bytes, size_t *_Nonnull count);
bool csj_double(csj_value value, double *_Nonnull number);
bool csj_int64(csj_value value, int64_t *_Nonnull number);
bool csj_bool(csj_value value, bool *_Nonnull flag);

// The value under a key of an object; false where it is no object or has no such key.
bool csj_member(csj_value object, const char *_Nonnull key, size_t count, csj_value *_Nonnull value);

// Members of an object in their order. Start gives false where the value is no object.
bool csj_object_start(csj_value object, csj_members *_Nonnull members);
bool csj_object_next(
    csj_members *_Nonnull members, const char *_Nullable *_Nonnull key, size_t *_Nonnull count,
    csj_value *_Nonnull value);

// Elements of an array in their order. Start gives false where the value is no array.
bool csj_array_start(csj_value array, csj_members *_Nonnull elements);
bool csj_array_next(csj_members *_Nonnull elements, csj_value *_Nonnull value);

#ifdef __cplusplus
}
#endif

// The kernels, compiled once for each set of instructions: CTransformer.c includes this file with
//   KERNEL(name)   the function's name
//   LANES          32-bit numbers of a register

typedef float KERNEL(Floats) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t KERNEL(Integers) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef uint32_t KERNEL(Bits) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef uint16_t KERNEL(Halves) __attribute__((vector_size(LANES * 2), aligned(2)));
typedef float KERNEL(Quarter) __attribute__((vector_size(16), aligned(4)));
#define Floats KERNEL(Floats)
#define Integers KERNEL(Integers)
#define Bits KERNEL(Bits)
#define Halves KERNEL(Halves)
#define Quarter KERNEL(Quarter)

static ALWAYS_INLINE Floats KERNEL(load)(const float *from) { return *(const Floats *)from; }
static ALWAYS_INLINE void KERNEL(store)(float *to, Floats values) { *(Floats *)to = values; }

static ALWAYS_INLINE void KERNEL(store_numbers)(void *to, int64_t index, Floats values, CTransformerNumbers numbers) {
  if (numbers == CTransformerFloat32) {
    KERNEL(store)((float *)to + index, values);
    return;
  }
  const Bits bits = (Bits)values;
  *(Halves *)((uint16_t *)to + index) = __builtin_convertvector((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16, Halves);
}

// eˣ by 2ⁿ · 2ᶠ, |f| ≤ ½, 2ᶠ by its series up to f⁶: relative error below 2e-7.
static ALWAYS_INLINE Floats KERNEL(exponential)(Floats x) {
  const Floats bounded = __builtin_elementwise_min(__builtin_elementwise_max(x, (Floats){} - 87.0f), (Floats){} + 88.0f);
  const Floats z = bounded * 1.44269504f;
  const Floats shifted = z + 12582912.0f;  // 1.5 · 2²³ leaves the nearest whole number in the lowest bits.
  const Floats f = (z - (shifted - 12582912.0f)) * 0.69314718f;
  const Floats power =
      1 + f * (1 + f * (0.5f + f * (1.6666667e-1f + f * (4.1666668e-2f + f * (8.3333333e-3f + f * 1.3888889e-3f)))));
  return power * (Floats)(((Integers)shifted - 0x4B400000 + 127) << 23);
}

// Of a register's four quarters of lanes, or fewer, one.
#define REDUCED(values, COMBINE)                                                                                  \
  ({                                                                                                               \
    const Floats all = (values);                                                                                   \
    const Quarter *quarters = (const Quarter *)&all;                                                               \
    Quarter quarter = quarters[0];                                                                                 \
    UNROLL for (int part = 1; part < LANES / 4; ++part) quarter = COMBINE(quarter, quarters[part]);                \
    const Quarter half = COMBINE(quarter, __builtin_shufflevector(quarter, quarter, 2, 3, 0, 1));                  \
    COMBINE(half, __builtin_shufflevector(half, half, 1, 0, 3, 2))[0];                                             \
  })
static ALWAYS_INLINE float KERNEL(sum)(Floats values) { return REDUCED(values, ADD); }
static ALWAYS_INLINE float KERNEL(maximum)(Floats values) { return REDUCED(values, __builtin_elementwise_max); }
#undef REDUCED

// Values times a factor; `first`: where the output begins, in numbers.
static ALWAYS_INLINE void KERNEL(narrow)(const float *values, float factor, int64_t count, CTransformerNumbers numbers, void *output, int64_t first) {
  int64_t at = 0;
  for (; at + LANES <= count; at += LANES) {
    KERNEL(store_numbers)(output, first + at, KERNEL(load)(values + at) * factor, numbers);
  }
  for (; at < count; ++at) store_number(output, first + at, values[at] * factor, numbers);
}

static void KERNEL(layer_norm)(const float *values, int64_t columns, const float *scale, const float *shift,
                               float epsilon, float *normed, CTransformerNumbers numbers, void *narrowed,
                               int64_t first) {
  Floats sums = {}, squares = {};
  int64_t at = 0;
  for (; at + LANES <= columns; at += LANES) sums += KERNEL(load)(values + at);
  float sum = KERNEL(sum)(sums);
  for (int64_t rest = at; rest < columns; ++rest) sum += values[rest];
  const float mean = sum / columns;
  for (at = 0; at + LANES <= columns; at += LANES) {
    const Floats distance = KERNEL(load)(values + at) - mean;
    squares += distance * distance;
  }
  float square = KERNEL(sum)(squares);
  for (int64_t rest = at; rest < columns; ++rest) square += (values[rest] - mean) * (values[rest] - mean);
  const float factor = 1 / __builtin_sqrtf(square / columns + epsilon);
  for (at = 0; at + LANES <= columns; at += LANES) {
    const Floats result = (KERNEL(load)(values + at) - mean) * factor * KERNEL(load)(scale + at) + KERNEL(load)(shift + at);
    if (normed) KERNEL(store)(normed + at, result);
    if (narrowed) KERNEL(store_numbers)(narrowed, first + at, result, numbers);
  }
  for (; at < columns; ++at) {
    const float result = (values[at] - mean) * factor * scale[at] + shift[at];
    if (normed) normed[at] = result;
    if (narrowed) store_number(narrowed, first + at, result, numbers);
  }
}

// out[row][column] = Σ left[row][depth] · right[depth][column] for ROWS rows and one tile of columns.
#define TILE(VECTORS)                                                                                             \
  static ALWAYS_INLINE void KERNEL(tile##VECTORS)(const float *const *left, const float *right, int64_t stride,    \
                                                  int64_t depth, float *const *out) {                              \
    Floats sums[ROWS][VECTORS] = {};                                                                               \
    for (int64_t at = 0; at < depth; ++at) {                                                                       \
      UNROLL for (int row = 0; row < ROWS; ++row) {                                                                \
        UNROLL for (int part = 0; part < VECTORS; ++part) {                                                        \
          sums[row][part] += left[row][at] * KERNEL(load)(right + at * stride + part * LANES);                     \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
    UNROLL for (int row = 0; row < ROWS; ++row) {                                                                  \
      UNROLL for (int part = 0; part < VECTORS; ++part) KERNEL(store)(out[row] + part * LANES, sums[row][part]);   \
    }                                                                                                              \
  }
TILE(1)
TILE(2)
#undef TILE

// The same for all columns, a multiple of LANES.
static ALWAYS_INLINE void KERNEL(multiply)(const float *const *left, const float *right, int64_t stride,
                                           int64_t columns, int64_t depth, float *const *out) {
  int64_t column = 0;
  for (; column + 2 * LANES <= columns; column += 2 * LANES) {
    float *to[ROWS];
    UNROLL for (int row = 0; row < ROWS; ++row) to[row] = out[row] + column;
    KERNEL(tile2)(left, right + column, stride, depth, to);
  }
  if (column < columns) {
    float *to[ROWS];
    UNROLL for (int row = 0; row < ROWS; ++row) to[row] = out[row] + column;
    KERNEL(tile1)(left, right + column, stride, depth, to);
  }
}

// eˢ⁻ᵐ of `seen` scores, m their largest, and 0 for those behind them; returns one over their sum.
static ALWAYS_INLINE float KERNEL(softmax)(float *scores, const float *biases, int64_t seen, int64_t room) {
  Integers lanes;
  for (int lane = 0; lane < LANES; ++lane) lanes[lane] = lane;
  Floats highest = (Floats){} - __builtin_inff();
  for (int64_t at = 0; at < room; at += LANES) {
    Floats values = KERNEL(load)(scores + at);
    if (biases) values += KERNEL(load)(biases + at);
    const Integers mask = lanes < (int32_t)(seen - at);
    values = (Floats)(((Integers)values & mask) | ((Integers)((Floats){} - __builtin_inff()) & ~mask));
    KERNEL(store)(scores + at, values);
    highest = __builtin_elementwise_max(highest, values);
  }
  const float peak = KERNEL(maximum)(highest);
  Floats sums = {};
  for (int64_t at = 0; at < room; at += LANES) {
    const Floats power = KERNEL(exponential)(KERNEL(load)(scores + at) - peak);
    const Floats kept = (Floats)((Integers)power & (lanes < (int32_t)(seen - at)));
    sums += kept;
    KERNEL(store)(scores + at, kept);
  }
  return 1 / KERNEL(sum)(sums);
}

// One text and head.
static void KERNEL(attend)(const CTransformerAttention *attention, int64_t head, const float *all, int64_t length,
                           float *scratch, CTransformerNumbers numbers, void *output, int64_t first) {
  const int64_t hidden = attention->hidden, width = hidden / attention->heads, stride = 3 * hidden;
  const int64_t room = rounded_up(length, LANES), padded = rounded_up(width, LANES);
  const float *queries = all + head * width, *values = queries + 2 * hidden;
  float *keys = scratch, *scores = keys + room * width, *results = scores + ROWS * room;
  for (int64_t token = 0; token < room; ++token) {
    const float *key = queries + (token < length ? token : length - 1) * stride + hidden;
    for (int64_t at = 0; at < width; ++at) keys[at * room + token] = key[at];
  }
  const float *biases =
      attention->biases ? attention->biases + head * (2 * attention->reach - 1) + attention->reach - 1 : 0;
  for (int64_t token = 0; token < length; token += ROWS) {
    const float *left[ROWS], *weights[ROWS];
    float *to[ROWS], *sums[ROWS], factors[ROWS];
    for (int row = 0; row < ROWS; ++row) {
      // The last row may stand several times.
      left[row] = queries + (token + row < length ? token + row : length - 1) * stride;
      weights[row] = to[row] = scores + row * room;
      sums[row] = results + row * padded;
    }
    KERNEL(multiply)(left, keys, room, room, width, to);
    for (int row = 0; row < ROWS; ++row) {
      const int64_t query = token + row < length ? token + row : length - 1;
      factors[row] =
          KERNEL(softmax)(to[row], biases ? biases - query : 0, attention->is_causal ? query + 1 : length, room);
    }
    KERNEL(multiply)(weights, values, stride, padded, length, sums);
    for (int row = 0; row < ROWS && token + row < length; ++row) {
      KERNEL(narrow)(sums[row], factors[row], width, numbers, output, first + (token + row) * hidden + head * width);
    }
  }
}

#undef Floats
#undef Integers
#undef Bits
#undef Halves
#undef Quarter

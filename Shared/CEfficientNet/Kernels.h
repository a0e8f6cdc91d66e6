// The kernels, compiled once for each set of instructions: Kernels.c includes this file with KERNEL(name) set, and
// with the target's attribute on every function. ROWS × PANELS is the tile of a product whose sums stay in registers,
// PIXELS how many outputs of a row the depthwise convolution computes together. NARROW: products are of bfloat16.

#if NARROW
typedef uint16_t KERNEL(Element);
#else
typedef float KERNEL(Element);
#endif
#define Element KERNEL(Element)

// Sixteen numbers as elements. A macro, as a function of this would take them in another way for each set.
#if NARROW
#define STORE(value, out) *(__m256bh *)(out) = _mm512_cvtneps_pbh((__m512)(value))
#else
#define STORE(value, out) *(Lanes *)(out) = (value)
#endif

// Adds in · weights to `sums` for `rows` pixels and `panels` times 16 outputs.
static ALWAYS_INLINE void KERNEL(products)(const int rows, const int panels, const Element *in, int64_t stride,
                                           const Pointwise *layer, int first, Lanes sums[ROWS][PANELS]) {
#if NARROW
  const int64_t depth = layer->depth / 2;
  const __m512bh *weights = (const __m512bh *)layer->weights + first * depth;
  for (int64_t k = 0; k < depth; ++k) {
    __m512bh panel[PANELS];
    UNROLL for (int p = 0; p < panels; ++p) panel[p] = weights[p * depth + k];
    UNROLL for (int row = 0; row < rows; ++row) {
      int32_t pair;
      __builtin_memcpy(&pair, in + row * stride + 2 * k, sizeof pair);
      const __m512bh value = (__m512bh)_mm512_set1_epi32(pair);
      UNROLL for (int p = 0; p < panels; ++p) {
        sums[row][p] = (Lanes)_mm512_dpbf16_ps((__m512)sums[row][p], value, panel[p]);
      }
    }
  }
#else
  const int64_t depth = layer->depth;
  const Lanes *weights = (const Lanes *)layer->weights + first * depth;
  for (int64_t k = 0; k < depth; ++k) {
    Lanes panel[PANELS];
    UNROLL for (int p = 0; p < panels; ++p) panel[p] = weights[p * depth + k];
    UNROLL for (int row = 0; row < rows; ++row) {
      const Lanes value = (Lanes){} + in[row * stride + k];
      UNROLL for (int p = 0; p < panels; ++p) sums[row][p] += value * panel[p];
    }
  }
#endif
}

// ReLU6 of `rows` pixels' products, each pixel to its place.
static ALWAYS_INLINE void KERNEL(expand_tile)(const int rows, const int panels, const Element *in, int64_t stride,
                                              const Pointwise *layer, int first, const int32_t *places, float *out) {
  Lanes sums[ROWS][PANELS];
  UNROLL for (int row = 0; row < rows; ++row) {
    UNROLL for (int p = 0; p < panels; ++p) sums[row][p] = ((const Lanes *)layer->bias)[first + p];
  }
  KERNEL(products)(rows, panels, in, stride, layer, first, sums);
  UNROLL for (int row = 0; row < rows; ++row) {
    UNROLL for (int p = 0; p < panels; ++p) ((Lanes *)(out + places[row]))[p] = RELU6(sums[row][p]);
  }
}

// The products of `rows` pixels, and what is added to them; both as float32 and as elements.
static ALWAYS_INLINE void KERNEL(project_tile)(const int rows, const int panels, const Element *in, int64_t stride,
                                               const Pointwise *layer, int first, const float *residual, float *out,
                                               Element *elements, int64_t width) {
  Lanes sums[ROWS][PANELS];
  UNROLL for (int row = 0; row < rows; ++row) {
    UNROLL for (int p = 0; p < panels; ++p) sums[row][p] = ((const Lanes *)layer->bias)[first + p];
  }
  KERNEL(products)(rows, panels, in, stride, layer, first, sums);
  UNROLL for (int row = 0; row < rows; ++row) {
    UNROLL for (int p = 0; p < panels; ++p) {
      const int64_t at = row * width + (first + p) * LANES;
      if (residual) sums[row][p] += *(const Lanes *)(residual + at);
      *(Lanes *)(out + at) = sums[row][p];
      // Of float32 the two are one memory.
      if (NARROW) STORE(sums[row][p], elements + at);
    }
  }
}

// The last tile of rows begins early where it would pass the end: what it computes twice is the same. Fewer rows than a
// tile has go one by one.
#define EACH_TILE(rows, TILE)                                                  \
  if ((rows) < ROWS) {                                                         \
    for (int64_t row = 0; row < (rows); ++row) TILE(1, row);                   \
  } else {                                                                     \
    for (int64_t row = 0; row < (rows); row += ROWS) {                         \
      const int64_t begin = row + ROWS > (rows) ? (rows) - ROWS : row;         \
      TILE(ROWS, begin);                                                       \
    }                                                                          \
  }

static ALWAYS_INLINE void KERNEL(expand_panels)(const int panels, const Element *in, int64_t stride, int64_t rows,
                                                const Pointwise *layer, int first, const int32_t *places, float *out) {
#define TILE(count, at) \
  KERNEL(expand_tile)(count, panels, in + (at) * stride, stride, layer, first, places + (at), out)
  EACH_TILE(rows, TILE)
#undef TILE
}

static ALWAYS_INLINE void KERNEL(project_panels)(const int panels, const Element *in, int64_t stride, int64_t rows,
                                                 const Pointwise *layer, int first, const float *residual, float *out,
                                                 Element *elements) {
  const int64_t width = (int64_t)layer->panels * LANES;
#define TILE(count, at)                                                                      \
  KERNEL(project_tile)(count, panels, in + (at) * stride, stride, layer, first,              \
                       residual ? residual + (at) * width : NULL, out + (at) * width,        \
                       elements + (at) * width, width)
  EACH_TILE(rows, TILE)
#undef TILE
}

// Panels `first` up to `end`, as many at a time as a tile has.
#define EACH_PANELS(first, end, CALL)                                   \
  while ((first) < (end)) {                                             \
    switch ((end) - (first) < PANELS ? (end) - (first) : PANELS) {      \
      CASE_OF_3(CALL)                                                   \
      CASE_OF_2(CALL)                                                   \
      default: CALL(1); (first) += 1; break;                            \
    }                                                                   \
  }
#if PANELS == 3
#define CASE_OF_3(CALL) case 3: CALL(3); first += 3; break;
#define CASE_OF_2(CALL) case 2: CALL(2); first += 2; break;
#else
#define CASE_OF_3(CALL)
#define CASE_OF_2(CALL)
#endif

static void KERNEL(expand)(const void *in, int64_t stride, int64_t rows, const Pointwise *layer, int first, int end,
                           const int32_t *places, float *out) {
  float *at = out;
#define CALL(count)                                                             \
  KERNEL(expand_panels)(count, in, stride, rows, layer, first, places, at);     \
  at += (count) * LANES
  EACH_PANELS(first, end, CALL)
#undef CALL
}

static void KERNEL(project)(const void *in, int64_t stride, int64_t rows, const Pointwise *layer,
                            const float *residual, float *out, void *elements) {
  int first = 0;
#define CALL(count) KERNEL(project_panels)(count, in, stride, rows, layer, first, residual, out, elements)
  EACH_PANELS(first, layer->panels, CALL)
#undef CALL
}

// `pixels` outputs of one row, 16 channels.
static ALWAYS_INLINE void KERNEL(depthwise_tile)(const int pixels, const int kernel, const int step,
                                                 const float *const *rows, int64_t at, int64_t width,
                                                 const float *weights, int64_t channels, const float *bias,
                                                 Element *out) {
  Lanes sums[PIXELS];
  UNROLL for (int pixel = 0; pixel < pixels; ++pixel) sums[pixel] = *(const Lanes *)bias;
  UNROLL for (int y = 0; y < kernel; ++y) {
    const float *row = rows[y] + at;
    UNROLL for (int x = 0; x < kernel; ++x) {
      const Lanes weight = *(const Lanes *)(weights + (y * kernel + x) * channels);
      UNROLL for (int pixel = 0; pixel < pixels; ++pixel) {
        sums[pixel] += *(const Lanes *)(row + (pixel * step + x) * width) * weight;
      }
    }
  }
  UNROLL for (int pixel = 0; pixel < pixels; ++pixel) {
    STORE(RELU6(sums[pixel]), out + pixel * channels);
  }
}

static ALWAYS_INLINE void KERNEL(depthwise_as)(const int kernel, const int step, const Depthwise *layer,
                                               const float *const *rows, int64_t width, int64_t outputs, int first,
                                               int end, Element *out) {
  for (int panel = first; panel < end; ++panel) {
    const int64_t channel = (int64_t)panel * LANES, from = (int64_t)(panel - first) * LANES;
#define TILE(count, at)                                                                                            \
  KERNEL(depthwise_tile)(count, kernel, step, rows, (at) * step * width + from, width, layer->weights + channel,   \
                         layer->channels, layer->bias + channel, out + (at) * layer->channels + channel)
    if (outputs < PIXELS) {
      for (int64_t at = 0; at < outputs; ++at) TILE(1, at);
    } else {
      for (int64_t at = 0; at < outputs; at += PIXELS) {
        const int64_t begin = at + PIXELS > outputs ? outputs - PIXELS : at;
        TILE(PIXELS, begin);
      }
    }
#undef TILE
  }
}

// One row of outputs, panels `first` up to `end`; `rows` are the kernel's rows of inputs, `width` numbers a pixel.
static void KERNEL(depthwise)(const Depthwise *layer, const float *const *rows, int64_t width, int64_t outputs,
                              int first, int end, void *out) {
  if (layer->kernel == 3 && layer->stride == 1) {
    KERNEL(depthwise_as)(3, 1, layer, rows, width, outputs, first, end, out);
  } else if (layer->kernel == 3) {
    KERNEL(depthwise_as)(3, 2, layer, rows, width, outputs, first, end, out);
  } else if (layer->stride == 1) {
    KERNEL(depthwise_as)(5, 1, layer, rows, width, outputs, first, end, out);
  } else {
    KERNEL(depthwise_as)(5, 2, layer, rows, width, outputs, first, end, out);
  }
}

#undef Element
#undef STORE
#undef EACH_TILE
#undef EACH_PANELS
#undef CASE_OF_3
#undef CASE_OF_2

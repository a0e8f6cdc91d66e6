// The kernels, compiled once for each set of instructions: CFolded.c includes this file with KERNEL(name) and
// HAS_HALF set, and with the target's attribute on every function. REGISTERS is how many times 16 numbers its registers
// hold, less a few for loads; HEAD_CHUNKS how many chunks of labels the head takes at a time.

// Chunks of a bank that are worked on together: each needs `width` registers.
#define GROUP(width) (REGISTERS / (width) > MAXIMUM_CHUNKS ? MAXIMUM_CHUNKS : REGISTERS < (width) ? 1 : REGISTERS / (width))

// Sixteen numbers of a row as float32.
static ALWAYS_INLINE void KERNEL(load)(const char *row, int64_t index, bool is_half, Lanes *out) {
#if HAS_HALF
  if (is_half) {
    *out = __builtin_convertvector(*(const HalfLanes *)(row + index * 2), Lanes);
    return;
  }
#endif
  *out = *(const Lanes *)(row + index * 4);
}

// The maxima of `chunks` × 16 filters of width `width`, whose products begin at `base` of each row. Each product is
// read once: `partial[k]` is the sum so far of the window that began k tokens ago; one that began before the text is
// -∞ and so never wins. Windows that pass the text's end count with what they have.
static ALWAYS_INLINE void KERNEL(maxima)(const int width, const int chunks, const bool is_half,
                                         const void *const *rows, int64_t count, int64_t base, const float *biases,
                                         float *features) {
  const Lanes lowest = (Lanes){} - __builtin_inff();
  Lanes best[MAXIMUM_CHUNKS], partial[MAXIMUM_CHUNKS][MAXIMUM_WIDTH];
  UNROLL for (int chunk = 0; chunk < chunks; ++chunk) {
    best[chunk] = lowest;
    UNROLL for (int k = 0; k < width - 1; ++k) partial[chunk][k] = lowest;
  }
  for (int64_t position = 0; position < count; ++position) {
    const char *row = (const char *)rows[position];
    UNROLL for (int chunk = 0; chunk < chunks; ++chunk) {
      const int64_t index = base + (int64_t)chunk * width * CFOLDED_LANES;
      Lanes product;
      KERNEL(load)(row, index + (width - 1) * CFOLDED_LANES, is_half, &product);
      if (width > 1) product += partial[chunk][width - 2];
      best[chunk] = __builtin_elementwise_max(best[chunk], product);
      UNROLL for (int k = width - 2; k > 0; --k) {
        KERNEL(load)(row, index + k * CFOLDED_LANES, is_half, &product);
        partial[chunk][k] = partial[chunk][k - 1] + product;
      }
      if (width > 1) KERNEL(load)(row, index, is_half, &partial[chunk][0]);
    }
  }
  UNROLL for (int chunk = 0; chunk < chunks; ++chunk) {
    UNROLL for (int k = 0; k < width - 1; ++k) {
      best[chunk] = __builtin_elementwise_max(best[chunk], partial[chunk][k]);
    }
    const Lanes biased = best[chunk] + ((const Lanes *)biases)[chunk];
    ((Lanes *)features)[chunk] = __builtin_elementwise_max(biased, (Lanes){});
  }
}

// One bank, in groups of chunks that fit the registers.
static ALWAYS_INLINE void KERNEL(bank)(const int width, const int group, const bool is_half, int chunks,
                                       const void *const *rows, int64_t count, int64_t base, const float *biases,
                                       float *features) {
  int chunk = 0;
  for (; chunk + group <= chunks; chunk += group) {
    KERNEL(maxima)(width, group, is_half, rows, count, base + (int64_t)chunk * width * CFOLDED_LANES,
                   biases + chunk * CFOLDED_LANES, features + chunk * CFOLDED_LANES);
  }
  for (; chunk < chunks; ++chunk) {
    KERNEL(maxima)(width, 1, is_half, rows, count, base + (int64_t)chunk * width * CFOLDED_LANES,
                   biases + chunk * CFOLDED_LANES, features + chunk * CFOLDED_LANES);
  }
}

// The sum of the rows' last numbers, divided by the root of the text's length.
static ALWAYS_INLINE void KERNEL(scaled_sum)(int chunks, const bool is_half, const void *const *rows, int64_t count,
                                             int64_t base, float *sums) {
  const float scale = 1.0f / __builtin_sqrtf((float)(count > 0 ? count : 1));
  for (int chunk = 0; chunk < chunks; ++chunk) {
    Lanes sum = {};
    for (int64_t position = 0; position < count; ++position) {
      Lanes value;
      KERNEL(load)((const char *)rows[position], base + chunk * CFOLDED_LANES, is_half, &value);
      sum += value;
    }
    ((Lanes *)sums)[chunk] = sum * scale;
  }
}

static ALWAYS_INLINE void KERNEL(features_as)(const CFoldedModel *model, const bool is_half, const void *const *rows,
                                              int64_t count, float *features) {
  int64_t base = 0, feature = 0;
  for (int32_t index = 0; index < model->bank_count; ++index) {
    const int width = model->banks[index].width, chunks = model->banks[index].chunks;
    const float *biases = model->filter_biases + feature;
    float *out = features + feature;
#define BANK(W) \
  case W: KERNEL(bank)(W, GROUP(W), is_half, chunks, rows, count, base, biases, out); break;
    switch (width) { BANK(1) BANK(2) BANK(3) BANK(4) BANK(5) BANK(6) BANK(7) BANK(8) }
#undef BANK
    base += (int64_t)chunks * width * CFOLDED_LANES;
    feature += (int64_t)chunks * CFOLDED_LANES;
  }
  KERNEL(scaled_sum)(model->sum_chunks, is_half, rows, count, base, features + feature);
}

// All features of one text.
static void KERNEL(features)(const CFoldedModel *model, const void *const *rows, int64_t count, float *features) {
  if (model->is_half) {
    KERNEL(features_as)(model, true, rows, count, features);
  } else {
    KERNEL(features_as)(model, false, rows, count, features);
  }
}

// `texts` × `chunks` · 16 logits at label chunk `first`; `stride` numbers lie between two texts' features.
static ALWAYS_INLINE void KERNEL(head_tile)(const CFoldedModel *model, const int texts, const int chunks, int first,
                                            const float *features, int32_t length, int32_t stride, float *logits) {
  Lanes sum[CFOLDED_BLOCK][HEAD_CHUNKS];
  const int64_t labels = (int64_t)model->label_chunks * CFOLDED_LANES;
  UNROLL for (int text = 0; text < texts; ++text) {
    UNROLL for (int chunk = 0; chunk < chunks; ++chunk) {
      sum[text][chunk] = ((const Lanes *)model->head_bias)[first + chunk];
      if (model->sum_is_logits) {
        sum[text][chunk] += ((const Lanes *)(features + (int64_t)text * stride + length))[first + chunk];
      }
    }
  }
  const float *weights = model->head + first * CFOLDED_LANES;
  for (int32_t feature = 0; feature < length; ++feature, weights += labels) {
    UNROLL for (int text = 0; text < texts; ++text) {
      const Lanes value = (Lanes){} + features[(int64_t)text * stride + feature];
      UNROLL for (int chunk = 0; chunk < chunks; ++chunk) sum[text][chunk] += value * ((const Lanes *)weights)[chunk];
    }
  }
  UNROLL for (int text = 0; text < texts; ++text) {
    UNROLL for (int chunk = 0; chunk < chunks; ++chunk) {
      const int32_t begin = (first + chunk) * CFOLDED_LANES;
      const int32_t left = model->labels - begin;
      float lanes[CFOLDED_LANES];
      __builtin_memcpy(lanes, &sum[text][chunk], sizeof lanes);
      __builtin_memcpy(logits + (int64_t)text * model->labels + begin, lanes,
                       sizeof(float) * (uint64_t)(left < CFOLDED_LANES ? left : CFOLDED_LANES));
    }
  }
}

static ALWAYS_INLINE void KERNEL(head_rows)(const CFoldedModel *model, const int texts, const float *features,
                                            float *logits) {
  const int32_t stride = cfolded_stride(model), length = cfolded_features(model);
  int chunk = 0;
  for (; chunk + HEAD_CHUNKS <= model->label_chunks; chunk += HEAD_CHUNKS) {
    KERNEL(head_tile)(model, texts, HEAD_CHUNKS, chunk, features, length, stride, logits);
  }
#if HEAD_CHUNKS > 1
  // What is left goes together, too: one chunk alone would wait for each of its sums.
  switch (model->label_chunks - chunk) {
    case 3: KERNEL(head_tile)(model, texts, 3, chunk, features, length, stride, logits); break;
    case 2: KERNEL(head_tile)(model, texts, 2, chunk, features, length, stride, logits); break;
    case 1: KERNEL(head_tile)(model, texts, 1, chunk, features, length, stride, logits); break;
  }
#endif
}

// The linear head of a block of texts.
static void KERNEL(head)(const CFoldedModel *model, int texts, const float *features, float *logits) {
  if (texts == CFOLDED_BLOCK) {
    KERNEL(head_rows)(model, CFOLDED_BLOCK, features, logits);
    return;
  }
  for (int text = 0; text < texts; ++text) {
    KERNEL(head_rows)(model, 1, features + (int64_t)text * cfolded_stride(model),
                      logits + (int64_t)text * model->labels);
  }
}

// embedding · composition.
static void KERNEL(compose)(const CFoldedModel *model, int32_t token, float *row, void *out) {
  const float *embedding = model->embedding + (int64_t)token * model->dimension;
  float *sums = model->is_half ? row : (float *)out;
  for (int32_t begin = 0; begin < model->row_length; begin += CFOLDED_LANES) {
    Lanes sum = {};
    for (int32_t index = 0; index < model->dimension; ++index) {
      sum += embedding[index] * *(const Lanes *)(model->composition + (int64_t)index * model->row_length + begin);
    }
    *(Lanes *)(sums + begin) = sum;
  }
#if HAS_HALF
  if (!model->is_half) return;
  for (int32_t begin = 0; begin < model->row_length; begin += CFOLDED_LANES) {
    *(HalfLanes *)((char *)out + (int64_t)begin * 2) =
        __builtin_convertvector(*(const Lanes *)(row + begin), HalfLanes);
  }
#endif
}

#undef GROUP

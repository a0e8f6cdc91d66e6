// The kernels, compiled once for each set of instructions: CCaptioner.c includes this file with KERNEL(name), HAS_BFLOAT,
// ROWS and PANELS set, and with the target's attribute on every function. The registers hold the sums of ROWS rows ×
// PANELS panels of 16 outputs.

#include "Exponential.h"

// `rows` rows × `panels` panels of a layer: out = in · weightsᵀ + bias, on top of what is there where `adds`.
static ALWAYS_INLINE void KERNEL(tile)(const CCaptionerLayer *layer, const int rows, const int panels, const void *in,
                                       int64_t stride, int panel, bool adds, float *out) {
  Lanes sums[ROWS][PANELS];
  UNROLL for (int row = 0; row < rows; ++row) {
    UNROLL for (int index = 0; index < panels; ++index) {
      sums[row][index] = ((const Lanes *)layer->bias)[panel + index];
    }
  }
#if HAS_BFLOAT
  const int64_t depth = (layer->depth + 1) / 2;
  const __m512bh *weights = (const __m512bh *)layer->weights + panel * depth;
  for (int64_t k = 0; k < depth; ++k) {
    UNROLL for (int row = 0; row < rows; ++row) {
      const __m512bh value = (__m512bh)_mm512_set1_epi32(((const int32_t *)in)[row * stride + k]);
      UNROLL for (int index = 0; index < panels; ++index) {
        sums[row][index] = (Lanes)_mm512_dpbf16_ps((__m512)sums[row][index], weights[index * depth + k], value);
      }
    }
  }
#else
  const int64_t depth = layer->depth;
  const Lanes *weights = (const Lanes *)layer->weights + panel * depth;
  for (int64_t k = 0; k < depth; ++k) {
    UNROLL for (int row = 0; row < rows; ++row) {
      const Lanes value = (Lanes){} + ((const float *)in)[row * stride + k];
      UNROLL for (int index = 0; index < panels; ++index) sums[row][index] += value * weights[index * depth + k];
    }
  }
#endif
  UNROLL for (int row = 0; row < rows; ++row) {
    UNROLL for (int index = 0; index < panels; ++index) {
      Lanes *place = (Lanes *)(out + row * (int64_t)layer->outputs) + panel + index;
      *place = adds ? *place + sums[row][index] : sums[row][index];
    }
  }
}

// All rows × `panels` panels.
static ALWAYS_INLINE void KERNEL(panels)(const CCaptionerLayer *layer, const int panels, const void *in, int64_t stride,
                                         int64_t rows, int panel, bool adds, float *out) {
  int64_t first = 0;
  const char *from = in;
  for (; first + ROWS <= rows; first += ROWS) {
    KERNEL(tile)(layer, ROWS, panels, from + first * stride * 4, stride, panel, adds, out + first * layer->outputs);
  }
  for (; first < rows; ++first) {
    KERNEL(tile)(layer, 1, panels, from + first * stride * 4, stride, panel, adds, out + first * layer->outputs);
  }
}

// A layer over rows of float32 [rows][depth]. `narrow` is where they become bfloat16, in pairs.
static void KERNEL(multiply)(const CCaptionerLayer *layer, const float *in, int64_t rows, bool adds, float *out,
                             void *narrow) {
  const void *from = in;
  int64_t stride = layer->depth;
#if HAS_BFLOAT
  stride = (layer->depth + 1) / 2;
  from = narrow;
  for (int64_t row = 0; row < rows; ++row) {
    uint16_t *to = (uint16_t *)narrow + row * stride * 2;
    const float *numbers = in + row * layer->depth;
    int64_t k = 0;
    for (; k + CCAPTIONER_LANES <= layer->depth; k += CCAPTIONER_LANES) {
      *(__m256bh *)(to + k) = _mm512_cvtneps_pbh(_mm512_loadu_ps(numbers + k));
    }
    for (; k < layer->depth; ++k) to[k] = bfloat(numbers[k]);
    if (k % 2) to[k] = 0;
  }
#else
  (void)narrow;
#endif
  const int count = layer->outputs / CCAPTIONER_LANES;
  int panel = 0;
  for (; panel + PANELS <= count; panel += PANELS) {
    KERNEL(panels)(layer, PANELS, from, stride, rows, panel, adds, out);
  }
  for (; panel < count; ++panel) KERNEL(panels)(layer, 1, from, stride, rows, panel, adds, out);
}

static void KERNEL(keep_positive)(float *numbers, int64_t count) {
  for (int64_t index = 0; index < count; index += CCAPTIONER_LANES) {
    Lanes *lanes = (Lanes *)(numbers + index);
    *lanes = __builtin_elementwise_max(*lanes, (Lanes){});
  }
}

// The mean over the places of each picture, [pictures][channels].
static void KERNEL(means)(const CCaptionerModel *model, const float *grids, int64_t pictures, float *out) {
  const int64_t channels = model->channels;
  for (int64_t picture = 0; picture < pictures; ++picture) {
    const float *grid = grids + picture * model->places * channels;
    float *mean = out + picture * channels;
    for (int64_t channel = 0; channel < channels; ++channel) mean[channel] = 0;
    for (int64_t place = 0; place < model->places; ++place) {
      for (int64_t channel = 0; channel < channels; ++channel) mean[channel] += grid[place * channels + channel];
    }
    for (int64_t channel = 0; channel < channels; ++channel) mean[channel] /= (float)model->places;
  }
}

static void KERNEL(begin)(const CCaptionerModel *model, const float *grids, int64_t count,
                          const CCaptionerPictures *pictures, const Memory *memory) {
  for (int64_t picture = 0; picture < count; ++picture) {
    const int64_t size = (int64_t)model->places * model->channels;
    float *values = pictures->values + picture * model->places * model->hidden;
    KERNEL(multiply)(&model->values, grids + picture * size, model->places, false, values, memory->narrow);
    KERNEL(keep_positive)(values, (int64_t)model->places * model->hidden);
  }
  KERNEL(means)(model, grids, count, memory->sums);
  KERNEL(multiply)(&model->image, memory->sums, count, false, memory->queries, memory->narrow);
  KERNEL(keep_positive)(memory->queries, count * model->hidden);
  KERNEL(multiply)(&model->gates, memory->queries, count, false, pictures->gates, memory->narrow);
}

// The LSTM's units of each hypothesis: σ(x) = 1 ÷ (1 + e⁻ˣ), tanh x = 2 σ(2x) − 1.
static void KERNEL(units)(const CCaptionerModel *model, const CCaptionerStep *step, const float *gates) {
  const int64_t hidden = model->hidden;
  for (int64_t row = 0; row < step->count; ++row) {
    const float *own = gates + row * CCAPTIONER_GATES * hidden;
    const float *before = step->parents ? step->before.cells + step->parents[row] * hidden : NULL;
    for (int64_t unit = 0; unit < hidden; unit += CCAPTIONER_LANES) {
      Lanes powers[CCAPTIONER_GATES], faded;
      UNROLL for (int gate = 0; gate < CCAPTIONER_GATES; ++gate) {
        KERNEL(exponential)((const Lanes *)(own + gate * hidden + unit), gate == 2 ? -2.0f : -1.0f, &powers[gate]);
      }
      const Lanes cell = before ? *(const Lanes *)(before + unit) : (Lanes){};
      const Lanes state =
          cell / (1.0f + powers[1]) + (1.0f - powers[2]) / ((1.0f + powers[0]) * (1.0f + powers[2]));
      *(Lanes *)(step->after.cells + row * hidden + unit) = state;
      KERNEL(exponential)(&state, -2, &faded);
      *(Lanes *)(step->after.outputs + row * hidden + unit) = (1.0f - faded) / ((1.0f + powers[3]) * (1.0f + faded));
    }
  }
}

static ALWAYS_INLINE float KERNEL(total)(const Lanes *lanes) {
  float sum = 0;
  for (int lane = 0; lane < CCAPTIONER_LANES; ++lane) sum += (*lanes)[lane];
  return sum;
}

// What a hypothesis looks at: out = output + Σ softmax(query · values) values. `scores` has room for the places, made a
// multiple of 16.
static void KERNEL(attend)(const CCaptionerModel *model, const float *query, const float *values, const float *output,
                           float *scores, float *out) {
  const int64_t hidden = model->hidden, places = model->places;
  float most = -__builtin_inff();
  for (int64_t place = 0; place < places; ++place) {
    Lanes sum = {};
    for (int64_t unit = 0; unit < hidden; unit += CCAPTIONER_LANES) {
      sum += *(const Lanes *)(query + unit) * *(const Lanes *)(values + place * hidden + unit);
    }
    scores[place] = KERNEL(total)(&sum);
    if (scores[place] > most) most = scores[place];
  }
  Lanes sum = {};
  for (int64_t place = 0; place < places; place += CCAPTIONER_LANES) {
    Lanes *lanes = (Lanes *)(scores + place);
    const Lanes power = *lanes - most;
    KERNEL(exponential)(&power, 1, lanes);
    for (int lane = 0; lane < CCAPTIONER_LANES; ++lane) {
      if (place + lane >= places) (*lanes)[lane] = 0;
    }
    sum += *lanes;
  }
  const float share = 1.0f / KERNEL(total)(&sum);
  for (int64_t unit = 0; unit < hidden; unit += CCAPTIONER_LANES) {
    Lanes seen = {};
    for (int64_t place = 0; place < places; ++place) {
      seen += scores[place] * *(const Lanes *)(values + place * hidden + unit);
    }
    *(Lanes *)(out + unit) = *(const Lanes *)(output + unit) + seen * share;
  }
}

// The most probable tokens of one hypothesis, from its logits.
static void KERNEL(choose)(const CCaptionerModel *model, const CCaptionerStep *step, const float *logits,
                           int32_t *chosen, float *log_probabilities) {
  int32_t found = 0;
  float least = -__builtin_inff();
  for (int32_t first = 0; first < model->output.outputs; first += CCAPTIONER_LANES) {
    const WholeLanes above = *(const Lanes *)(logits + first) > least;
    if (found == step->choices && !__builtin_reduce_or(above)) continue;
    for (int32_t token = first; token < first + CCAPTIONER_LANES && token < model->vocabulary; ++token) {
      if (token == model->unknown || (found == step->choices && logits[token] <= least)) continue;
      int32_t place = found < step->choices ? found++ : found - 1;
      for (; place > 0 && log_probabilities[place - 1] < logits[token]; --place) {
        log_probabilities[place] = log_probabilities[place - 1];
        chosen[place] = chosen[place - 1];
      }
      log_probabilities[place] = logits[token];
      chosen[place] = token;
      if (found == step->choices) least = log_probabilities[found - 1];
    }
  }
  // Of the unknown word, which is not chosen, the logit may be above the first one's.
  const float unknown = logits[model->unknown];
  const float most = unknown > log_probabilities[0] ? unknown : log_probabilities[0];
  const float scale = 1.0f / step->temperature;
  Lanes sum = {};
  for (int32_t first = 0; first < model->output.outputs; first += CCAPTIONER_LANES) {
    const Lanes below = *(const Lanes *)(logits + first) - most;
    Lanes share;
    KERNEL(exponential)(&below, scale, &share);
    sum += share;
  }
  const float whole = logf(KERNEL(total)(&sum));
  for (int32_t place = 0; place < found; ++place) {
    log_probabilities[place] = (log_probabilities[place] - most) * scale - whole;
  }
}

static void KERNEL(step)(const CCaptionerModel *model, const CCaptionerPictures *pictures, const CCaptionerStep *step,
                         const Memory *memory) {
  const int64_t hidden = model->hidden, gates = CCAPTIONER_GATES * hidden;
  for (int64_t row = 0; row < step->count; ++row) {
    const float *token = model->table + step->tokens[row] * gates;
    const float *picture = pictures->gates + step->pictures[row] * gates;
    for (int64_t gate = 0; gate < gates; gate += CCAPTIONER_LANES) {
      *(Lanes *)(memory->gates + row * gates + gate) =
          *(const Lanes *)(token + gate) + *(const Lanes *)(picture + gate);
    }
    if (!step->parents) continue;
    __builtin_memcpy(memory->sums + row * hidden, step->before.outputs + step->parents[row] * hidden,
                     (uint64_t)hidden * 4);
  }
  if (step->parents) {
    KERNEL(multiply)(&model->recurrent, memory->sums, step->count, true, memory->gates, memory->narrow);
  }
  KERNEL(units)(model, step, memory->gates);
  KERNEL(multiply)(&model->query, step->after.outputs, step->count, false, memory->queries, memory->narrow);
  for (int64_t row = 0; row < step->count; ++row) {
    KERNEL(attend)(model, memory->queries + row * hidden,
                   pictures->values + step->pictures[row] * model->places * hidden, step->after.outputs + row * hidden,
                   memory->scores, memory->sums + row * hidden);
  }
  KERNEL(multiply)(&model->output, memory->sums, step->count, false, memory->logits, memory->narrow);
  for (int64_t row = 0; row < step->count; ++row) {
    KERNEL(choose)(model, step, memory->logits + row * model->output.outputs, step->chosen + row * step->choices,
                   step->log_probabilities + row * step->choices);
  }
}

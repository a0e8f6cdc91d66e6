// The kernels, compiled once for each set of instructions: CLSTM.c includes this file with KERNEL(name), HAS_HALF and
// HAS_BFLOAT set, and with the target's attribute on every function. TEXTS is for how many texts its registers hold the
// sums of all gates of 16 units.

#include "Exponential.h"

// Sixteen numbers of a token's row as float32.
static ALWAYS_INLINE void KERNEL(load)(const CLSTMModel *model, const char *row, int64_t index, Lanes *out) {
#if HAS_HALF
  if (model->is_half) {
    *out = __builtin_convertvector(*(const HalfLanes *)(row + index * 2), Lanes);
    return;
  }
#endif
  *out = *(const Lanes *)(row + index * 4);
}

// A step of 16 units: gates in the order input, forget, cell, output; σ(x) = 1 ÷ (1 + e⁻ˣ), tanh x = 2 σ(2x) − 1.
static ALWAYS_INLINE void KERNEL(unit)(const Lanes *gates, float *cells, Lanes *out) {
  Lanes input, forget, cell, output, faded;
  KERNEL(exponential)(&gates[0], -1, &input);
  KERNEL(exponential)(&gates[1], -1, &forget);
  KERNEL(exponential)(&gates[2], -2, &cell);
  KERNEL(exponential)(&gates[3], -1, &output);
  const Lanes entry = (1.0f + input) * (1.0f + cell);
  const Lanes state = (*(const Lanes *)cells * entry + (1.0f - cell) * (1.0f + forget)) / ((1.0f + forget) * entry);
  *(Lanes *)cells = state;
  KERNEL(exponential)(&state, -2, &faded);
  *out = (1.0f - faded) / ((1.0f + output) * (1.0f + faded));
}

// `texts` texts from `first` on: adds the recurrent weights of 16 units times the outputs of the step before.
static ALWAYS_INLINE void KERNEL(multiply)(const CLSTMModel *model, const int texts, const Step *step, int first,
                                           int group, Lanes sums[][CLSTM_GATES]) {
  const int64_t hidden = model->hidden;
#if HAS_BFLOAT
  const __m512bh *weights = (const __m512bh *)step->weights + group * (hidden / 2) * CLSTM_GATES;
  const int32_t *before = (const int32_t *)step->before + first * (hidden / 2);
  for (int64_t unit = 0; unit < hidden / 2; ++unit, weights += CLSTM_GATES) {
    UNROLL for (int text = 0; text < texts; ++text) {
      const __m512bh value = (__m512bh)_mm512_set1_epi32(before[text * (hidden / 2) + unit]);
      UNROLL for (int gate = 0; gate < CLSTM_GATES; ++gate) {
        sums[text][gate] = (Lanes)_mm512_dpbf16_ps((__m512)sums[text][gate], weights[gate], value);
      }
    }
  }
#else
  const Lanes *weights = (const Lanes *)step->weights + group * hidden * CLSTM_GATES;
  const float *before = (const float *)step->before + first * hidden;
  for (int64_t unit = 0; unit < hidden; ++unit, weights += CLSTM_GATES) {
    UNROLL for (int text = 0; text < texts; ++text) {
      const Lanes value = (Lanes){} + before[text * hidden + unit];
      UNROLL for (int gate = 0; gate < CLSTM_GATES; ++gate) sums[text][gate] += value * weights[gate];
    }
  }
#endif
}

// A step of 16 units of `texts` texts from `first` on.
static ALWAYS_INLINE void KERNEL(tile)(const CLSTMModel *model, const int texts, const Step *step, int first,
                                       int group) {
  const int64_t hidden = model->hidden;
  const int64_t place = step->row + (int64_t)group * CLSTM_GATES * CLSTM_LANES;
  Lanes sums[TEXTS][CLSTM_GATES];
  UNROLL for (int text = 0; text < texts; ++text) {
    const char *row = step->rows[first + text];
    __builtin_prefetch((const char *)step->next_rows[first + text] + place * (model->is_half ? 2 : 4));
    UNROLL for (int gate = 0; gate < CLSTM_GATES; ++gate) {
      KERNEL(load)(model, row, place + gate * CLSTM_LANES, &sums[text][gate]);
      sums[text][gate] += ((const Lanes *)step->biases)[group * CLSTM_GATES + gate];
    }
  }
  if (!step->is_first) KERNEL(multiply)(model, texts, step, first, group, sums);
  UNROLL for (int text = 0; text < texts; ++text) {
    const int64_t unit = (first + text) * hidden + group * CLSTM_LANES;
    Lanes output;
    KERNEL(unit)(sums[text], step->cells + unit, &output);
    Lanes *largest = (Lanes *)(step->largest + (first + text) * 2 * hidden + group * CLSTM_LANES);
    *largest = step->is_first ? output : __builtin_elementwise_max(*largest, output);
#if HAS_BFLOAT
    *(__m256bh *)((uint16_t *)step->after + unit) = _mm512_cvtneps_pbh((__m512)output);
#else
    *(Lanes *)((float *)step->after + unit) = output;
#endif
  }
}

// A step of all units of the first `texts` texts.
static void KERNEL(advance)(const CLSTMModel *model, const Step *step, int texts) {
  for (int group = 0; group < model->hidden / CLSTM_LANES; ++group) {
    int first = 0;
    for (; first + TEXTS <= texts; first += TEXTS) KERNEL(tile)(model, TEXTS, step, first, group);
#if TEXTS > 1
    switch (texts - first) {
      case 5: KERNEL(tile)(model, 5, step, first, group); break;
      case 4: KERNEL(tile)(model, 4, step, first, group); break;
      case 3: KERNEL(tile)(model, 3, step, first, group); break;
      case 2: KERNEL(tile)(model, 2, step, first, group); break;
      case 1: KERNEL(tile)(model, 1, step, first, group); break;
    }
#endif
  }
}

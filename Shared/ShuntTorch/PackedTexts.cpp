// A transformer's parts over texts of different lengths one behind the other, [tokens, hidden], without padding.
// Inference only: none of them records a gradient.
#include "Handles.hpp"
#include "Vectorized.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace {

// Of each text: where it begins and ends.
struct Spans {
  const int64_t *ends;
  int64_t count;

  Spans(const at::Tensor &tensor, int64_t tokens) : ends(tensor.data_ptr<int64_t>()), count(tensor.numel()) {
    int64_t last = 0;
    for (int64_t text = 0; text < count; ++text) {
      TORCH_CHECK(ends[text] > last, "text ", text, " ends at ", ends[text], "; it needs a token");
      last = ends[text];
    }
    TORCH_CHECK(last == tokens, "texts of ", last, " tokens, got ", tokens);
  }

  int64_t begin(int64_t text) const { return text == 0 ? 0 : ends[text - 1]; }
};

// eˣ by 2ⁿ · 2ᶠ, |f| ≤ ½, 2ᶠ by its series up to f⁶: relative error below 2e-7.
inline float exponential(float x) {
  float z = std::min(std::max(x, -87.0f), 88.0f) * 1.44269504f;
  float shifted = z + 12582912.0f;  // 1.5 · 2²³ leaves the nearest whole number in the lowest bits.
  float f = (z - (shifted - 12582912.0f)) * 0.69314718f;
  float power =
      1 + f * (1 + f * (0.5f + f * (1.6666667e-1f + f * (4.1666668e-2f + f * (8.3333333e-3f + f * 1.3888889e-3f)))));
  int32_t bits;
  std::memcpy(&bits, &shifted, 4);
  bits = (bits - 0x4B400000 + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, 4);
  return power * scale;
}

// x · Φ(x); erf by Abramowitz and Stegun, 7.1.26: absolute error below 1.5e-7.
inline float gelu(float x) {
  float z = std::abs(x) * 0.70710678f;
  float t = 1 / (1 + 0.3275911f * z);
  float tail = t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f)))) *
               exponential(-z * z);
  float half = 0.5f * tail;  // 1 − Φ(|x|)
  return x * (x < 0 ? half : 1 - half);
}

CTORCH_VECTORIZED
void add_bias_and_quick_gelu(float *__restrict values, const float *__restrict bias, int64_t count) {
  for (int64_t index = 0; index < count; ++index) {
    float x = values[index] + bias[index];
    values[index] = x / (1 + exponential(-1.702f * x));
  }
}

CTORCH_VECTORIZED
void add_bias_and_gelu(float *__restrict values, const float *__restrict bias, int64_t count) {
  for (int64_t index = 0; index < count; ++index) values[index] = gelu(values[index] + bias[index]);
}

CTORCH_VECTORIZED
void add_and_normalize(float *__restrict values, const float *__restrict residual, const float *__restrict bias,
                       const float *__restrict weight, const float *__restrict shift, float epsilon, int64_t count) {
#pragma clang fp reassociate(on)
  float sum = 0, squares = 0;
  for (int64_t index = 0; index < count; ++index) {
    values[index] += residual[index] + bias[index];
    sum += values[index];
  }
  float mean = sum / count;
  for (int64_t index = 0; index < count; ++index) {
    float distance = values[index] - mean;
    squares += distance * distance;
  }
  float scale = 1 / std::sqrt(squares / count + epsilon);
  for (int64_t index = 0; index < count; ++index) {
    values[index] = (values[index] - mean) * scale * weight[index] + shift[index];
  }
}

// out[row][j] = Σ rows[row][d] · matrix[d][j], a few rows at once.
CTORCH_VECTORIZED
void multiply_rows(float *__restrict out, int64_t stride, const float *const *rows, int64_t rowCount,
                   const float *__restrict matrix, int64_t depth, int64_t columns) {
  for (int64_t row = 0; row < rowCount; ++row) std::memset(out + row * stride, 0, sizeof(float) * columns);
  for (int64_t at = 0; at < depth; ++at) {
    const float *source = matrix + at * columns;
    for (int64_t row = 0; row < rowCount; ++row) {
      float factor = rows[row][at];
      float *target = out + row * stride;
      for (int64_t column = 0; column < columns; ++column) target[column] += factor * source[column];
    }
  }
}

CTORCH_VECTORIZED
void softmax(float *values, int64_t count) {
#pragma clang fp reassociate(on)
  float largest = values[0], sum = 0;
  for (int64_t index = 1; index < count; ++index) largest = std::max(largest, values[index]);
  for (int64_t index = 0; index < count; ++index) {
    values[index] = exponential(values[index] - largest);
    sum += values[index];
  }
  float scale = 1 / sum;
  for (int64_t index = 0; index < count; ++index) values[index] *= scale;
}

// Longer texts are left to the matrix products of libtorch.
constexpr int64_t longest_by_hand = 48;

// One text and head: softmax(q · kᵀ) · v, where q, k and v are columns of `all`.
void attend(const float *all, int64_t stride, int64_t hidden, int64_t width, int64_t length, bool is_causal, float *out,
            std::vector<float> &room) {
  room.resize(length * (2 * width + 4));
  float *keys = room.data(), *values = keys + length * width, *scores = values + length * width;
  for (int64_t token = 0; token < length; ++token) {
    for (int64_t at = 0; at < width; ++at) keys[at * length + token] = all[token * stride + hidden + at];
    std::memcpy(values + token * width, all + token * stride + 2 * hidden, sizeof(float) * width);
  }
  for (int64_t token = 0; token < length; token += 4) {
    auto count = std::min<int64_t>(4, length - token);
    const float *queries[4], *weights[4];
    for (int64_t row = 0; row < count; ++row) {
      queries[row] = all + (token + row) * stride;
      weights[row] = scores + row * length;
    }
    multiply_rows(scores, length, queries, count, keys, width, length);
    for (int64_t row = 0; row < count; ++row) {
      auto seen = is_causal ? token + row + 1 : length;
      softmax(scores + row * length, seen);
      std::fill(scores + row * length + seen, scores + (row + 1) * length, 0.0f);
    }
    multiply_rows(out + token * hidden, hidden, weights, count, values, length, width);
  }
}

// One text: all heads by two batched products.
void attend_long(const at::Tensor &all, int64_t heads, bool is_causal, at::Tensor out) {
  auto length = all.size(0), hidden = all.size(1) / 3;
  auto parts = all.reshape({length, 3, heads, hidden / heads}).permute({1, 2, 0, 3}).contiguous();
  auto scores = at::bmm(parts[0], parts[1].transpose(1, 2));
  if (is_causal) {
    auto unseen = at::ones({length, length}, scores.options().dtype(at::kBool)).triu(1);
    scores.masked_fill_(unseen, -std::numeric_limits<float>::infinity());
  }
  auto weights = scores.softmax(-1);
  out.copy_(at::bmm(weights, parts[2]).transpose(0, 1).reshape({length, hidden}));
}

at::Tensor attention(const at::Tensor &all, const Spans &texts, int64_t heads, bool is_causal) {
  auto hidden = all.size(1) / 3, width = hidden / heads;
  auto out = at::empty({all.size(0), hidden}, all.options());
  at::parallel_for(0, texts.count, 1, [&](int64_t first, int64_t last) {
    std::vector<float> room;
    for (auto text = first; text < last; ++text) {
      auto begin = texts.begin(text), length = texts.ends[text] - begin;
      if (length > longest_by_hand) continue;
      for (int64_t head = 0; head < heads; ++head) {
        attend(all.data_ptr<float>() + begin * 3 * hidden + head * width, 3 * hidden, hidden, width, length, is_causal,
               out.data_ptr<float>() + begin * hidden + head * width, room);
      }
    }
  });
  for (int64_t text = 0; text < texts.count; ++text) {
    auto begin = texts.begin(text), length = texts.ends[text] - begin;
    if (length <= longest_by_hand) continue;
    attend_long(all.narrow(0, begin, length), heads, is_causal, out.narrow(0, begin, length));
  }
  return out;
}

void check_rows(const CTorchTensor *tensor, int64_t columns, const char *name) {
  TORCH_CHECK(tensor->value.dim() == 2 && tensor->value.size(1) == columns && tensor->value.is_contiguous() &&
                  tensor->value.scalar_type() == at::kFloat,
              name, " of shape ", tensor->value.sizes(), " is not float32 [tokens, ", columns, "]");
}

}  // namespace

int ctorch_packed_attention(const CTorchTensor *all, const CTorchTensor *ends, int64_t heads, bool is_causal,
                            CTorchTensor **out) {
  return ctorch::make(out, [&] {
    at::NoGradGuard guard;
    TORCH_CHECK(heads > 0 && all->value.dim() == 2 && all->value.size(1) % (3 * heads) == 0, "attention of ", heads,
                " heads over ", all->value.sizes());
    check_rows(all, all->value.size(1), "attention");
    return attention(all->value, Spans(ends->value, all->value.size(0)), heads, is_causal);
  });
}
int ctorch_linear_gelu(const CTorchTensor *input, const CTorchTensor *weight, const CTorchTensor *bias, bool is_quick,
                       CTorchTensor **out) {
  return ctorch::make(out, [&] {
    at::NoGradGuard guard;
    check_rows(input, weight->value.size(1), "input");
    auto values = at::mm(input->value, weight->value.t());
    auto columns = values.size(1);
    auto add_and_apply = is_quick ? add_bias_and_quick_gelu : add_bias_and_gelu;
    at::parallel_for(0, values.size(0), 16, [&](int64_t first, int64_t last) {
      for (auto row = first; row < last; ++row) {
        add_and_apply(values.data_ptr<float>() + row * columns, bias->value.data_ptr<float>(), columns);
      }
    });
    return values;
  });
}
int ctorch_linear_residual_norm(const CTorchTensor *input, const CTorchTensor *weight, const CTorchTensor *bias,
                                const CTorchTensor *residual, const CTorchTensor *scale, const CTorchTensor *shift,
                                double epsilon, CTorchTensor **out) {
  return ctorch::make(out, [&] {
    at::NoGradGuard guard;
    auto columns = weight->value.size(0);
    check_rows(input, weight->value.size(1), "input");
    check_rows(residual, columns, "residual");
    TORCH_CHECK(residual->value.size(0) == input->value.size(0), "residual of ", residual->value.sizes(), " for input of ",
                input->value.sizes());
    auto values = at::mm(input->value, weight->value.t());
    at::parallel_for(0, values.size(0), 16, [&](int64_t first, int64_t last) {
      for (auto row = first; row < last; ++row) {
        add_and_normalize(values.data_ptr<float>() + row * columns, residual->value.data_ptr<float>() + row * columns,
                          bias->value.data_ptr<float>(), scale->value.data_ptr<float>(),
                          shift->value.data_ptr<float>(), static_cast<float>(epsilon), columns);
      }
    });
    return values;
  });
}
// One row a text: `pool` writes to it what comes of the text's own rows of `hidden`.
template <typename Pool>
static int pool_texts(const CTorchTensor *hidden, const CTorchTensor *ends, CTorchTensor **out, Pool pool) {
  return ctorch::make(out, [&] {
    at::NoGradGuard guard;
    Spans texts(ends->value, hidden->value.size(0));
    auto pooled = at::empty({texts.count, hidden->value.size(1)}, hidden->value.options());
    for (int64_t text = 0; text < texts.count; ++text) {
      auto begin = texts.begin(text);
      auto row = pooled[text];
      pool(row, hidden->value.narrow(0, begin, texts.ends[text] - begin));
    }
    return pooled;
  });
}
int ctorch_packed_mean(const CTorchTensor *hidden, const CTorchTensor *ends, CTorchTensor **out) {
  return pool_texts(hidden, ends, out, [](at::Tensor &row, const at::Tensor &rows) {
    at::mean_out(row, rows, at::IntArrayRef(0));
  });
}
int ctorch_packed_maximum(const CTorchTensor *hidden, const CTorchTensor *ends, CTorchTensor **out) {
  return pool_texts(hidden, ends, out, [](at::Tensor &row, const at::Tensor &rows) {
    at::amax_out(row, rows, at::IntArrayRef(0));
  });
}

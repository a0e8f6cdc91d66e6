// What is computed of tensors.
#include "Handles.hpp"

#include <memory>

using ctorch::guarded;
using ctorch::make;

namespace {

c10::optional<at::Tensor> maybe(const CTorchTensor *tensor) {
  return tensor ? c10::optional<at::Tensor>(tensor->value) : c10::nullopt;
}

}  // namespace

// Arithmetic.

int ctorch_add(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out) {
  return make(out, [&] { return a->value + b->value; });
}
int ctorch_subtract(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out) {
  return make(out, [&] { return a->value - b->value; });
}
int ctorch_multiply(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out) {
  return make(out, [&] { return a->value * b->value; });
}
int ctorch_divide(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out) {
  return make(out, [&] { return a->value / b->value; });
}
int ctorch_affine(const CTorchTensor *tensor, double scale, double offset, CTorchTensor **out) {
  return make(out, [&] {
    auto scaled = scale == 1 ? tensor->value : tensor->value * scale;
    return offset == 0 ? scaled : scaled + offset;
  });
}
int ctorch_equal_scalar(const CTorchTensor *tensor, double value, CTorchTensor **out) {
  return make(out, [&] { return at::eq(tensor->value, value); });
}
int ctorch_exp(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return at::exp(tensor->value); });
}
int ctorch_log(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return at::log(tensor->value); });
}
int ctorch_square_root(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return at::sqrt(tensor->value); });
}
int ctorch_clamp_minimum(const CTorchTensor *tensor, double minimum, CTorchTensor **out) {
  return make(out, [&] { return at::clamp_min(tensor->value, minimum); });
}
int ctorch_matmul(const CTorchTensor *a, const CTorchTensor *b, CTorchTensor **out) {
  return make(out, [&] { return at::matmul(a->value, b->value); });
}
int ctorch_svd(const CTorchTensor *matrix, CTorchTensor **u, CTorchTensor **s, CTorchTensor **vh) {
  return guarded([&] {
    auto parts = at::linalg_svd(matrix->value, /*full_matrices=*/false);
    auto left = std::make_unique<CTorchTensor>(CTorchTensor{std::get<0>(parts)});
    auto values = std::make_unique<CTorchTensor>(CTorchTensor{std::get<1>(parts)});
    auto right = std::make_unique<CTorchTensor>(CTorchTensor{std::get<2>(parts)});
    *u = left.release();
    *s = values.release();
    *vh = right.release();
  });
}

// Layers.

int ctorch_linear(const CTorchTensor *input, const CTorchTensor *weight, const CTorchTensor *bias, CTorchTensor **out) {
  return make(out, [&] { return at::linear(input->value, weight->value, maybe(bias)); });
}
int ctorch_embedding(const CTorchTensor *weight, const CTorchTensor *indices, int64_t padding_index,
                     CTorchTensor **out) {
  return make(out, [&] { return at::embedding(weight->value, indices->value, padding_index); });
}
int ctorch_conv1d(const CTorchTensor *input, const CTorchTensor *weight, const CTorchTensor *bias, int64_t stride,
                  int64_t padding, CTorchTensor **out) {
  return make(out, [&] {
    return at::conv1d(input->value, weight->value, maybe(bias), at::IntArrayRef(stride), at::IntArrayRef(padding));
  });
}
int ctorch_layer_norm(const CTorchTensor *input, const CTorchTensor *weight, const CTorchTensor *bias, double epsilon,
                      CTorchTensor **out) {
  return make(out, [&] {
    return at::layer_norm(input->value, weight->value.sizes(), weight->value, bias->value, epsilon);
  });
}
int ctorch_dropout(const CTorchTensor *input, double probability, CTorchGenerator *generator, CTorchTensor **out) {
  return make(out, [&] {
    TORCH_CHECK(probability >= 0 && probability < 1, "dropout needs a probability in 0 ..< 1, got ", probability);
    if (probability == 0) return input->value;
    auto kept = at::empty_like(input->value).bernoulli_(1 - probability, generator->value);
    return input->value * kept.div_(1 - probability);
  });
}
int ctorch_relu(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return at::relu(tensor->value); });
}
int ctorch_gelu(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return at::gelu(tensor->value); });
}
int ctorch_tanh(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return at::tanh(tensor->value); });
}
int ctorch_softmax(const CTorchTensor *tensor, int64_t dimension, CTorchTensor **out) {
  return make(out, [&] { return at::softmax(tensor->value, dimension); });
}
int ctorch_log_softmax(const CTorchTensor *tensor, int64_t dimension, CTorchTensor **out) {
  return make(out, [&] { return at::log_softmax(tensor->value, dimension); });
}

// Reductions.

int ctorch_max(const CTorchTensor *tensor, int64_t dimension, bool keep, CTorchTensor **values,
               CTorchTensor **indices) {
  return guarded([&] {
    auto parts = at::max(tensor->value, dimension, keep);
    auto largest = std::make_unique<CTorchTensor>(CTorchTensor{std::get<0>(parts)});
    auto where = std::make_unique<CTorchTensor>(CTorchTensor{std::get<1>(parts)});
    *values = largest.release();
    *indices = where.release();
  });
}
int ctorch_mean(const CTorchTensor *tensor, int64_t dimension, bool keep, CTorchTensor **out) {
  return make(out, [&] { return at::mean(tensor->value, at::IntArrayRef(dimension), keep); });
}
int ctorch_sum(const CTorchTensor *tensor, int64_t dimension, bool keep, CTorchTensor **out) {
  return make(out, [&] { return at::sum(tensor->value, at::IntArrayRef(dimension), keep); });
}
int ctorch_sum_all(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return at::sum(tensor->value); });
}

// Losses.

int ctorch_cross_entropy(const CTorchTensor *logits, const CTorchTensor *target, const CTorchTensor *weight,
                         double label_smoothing, CTorchTensor **out) {
  return make(out, [&] {
    return at::cross_entropy_loss(logits->value, target->value, maybe(weight), at::Reduction::Mean,
                                  /*ignore_index=*/-100, label_smoothing);
  });
}
int ctorch_kl_divergence(const CTorchTensor *log_probabilities, const CTorchTensor *target, CTorchTensor **out) {
  return make(out, [&] {
    TORCH_CHECK(log_probabilities->value.sizes() == target->value.sizes(), "kl_divergence of shapes ",
                log_probabilities->value.sizes(), " and ", target->value.sizes());
    auto total = at::kl_div(log_probabilities->value, target->value, at::Reduction::Sum);
    return total / static_cast<double>(target->value.size(0));
  });
}

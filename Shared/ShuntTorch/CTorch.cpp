#include "Handles.hpp"
#include "Optimizer.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <string>
#include <utility>

using ctorch::guarded;
using ctorch::make;

namespace {

thread_local std::string last_error;

at::IntArrayRef sizes(const int64_t *shape, int64_t dimensions) {
  return {shape, static_cast<size_t>(dimensions)};
}

at::TensorOptions options(CTorchType type) { return at::dtype(static_cast<at::ScalarType>(type)); }

c10::optional<at::Tensor> maybe(const CTorchTensor *tensor) {
  return tensor ? c10::optional<at::Tensor>(tensor->value) : c10::nullopt;
}

void check_bytes(int64_t elements, size_t element_size, uint64_t byte_count) {
  TORCH_CHECK(static_cast<uint64_t>(elements) * element_size == byte_count, "the shape needs ",
              static_cast<uint64_t>(elements) * element_size, " bytes, got ", byte_count);
}

}  // namespace

void ctorch::set_last_error(const char *message) { last_error = message; }
const char *ctorch_last_error(void) { return last_error.c_str(); }

// Making, reading, freeing.

int ctorch_from_bytes(const void *bytes, uint64_t byte_count, CTorchType type, const int64_t *shape, int64_t dimensions,
                      CTorchTensor **out) {
  return make(out, [&] {
    auto tensor = at::empty(sizes(shape, dimensions), options(type));
    check_bytes(tensor.numel(), tensor.element_size(), byte_count);
    if (byte_count > 0) std::memcpy(tensor.data_ptr(), bytes, byte_count);
    return tensor;
  });
}
int ctorch_full(const int64_t *shape, int64_t dimensions, double value, CTorchType type, CTorchTensor **out) {
  return make(out, [&] { return at::full(sizes(shape, dimensions), value, options(type)); });
}
int ctorch_normal(const int64_t *shape, int64_t dimensions, double mean, double deviation, CTorchGenerator *generator,
                  CTorchTensor **out) {
  return make(out, [&] {
    return at::empty(sizes(shape, dimensions), at::kFloat).normal_(mean, deviation, generator->value);
  });
}
int ctorch_uniform(const int64_t *shape, int64_t dimensions, double low, double high, CTorchGenerator *generator,
                   CTorchTensor **out) {
  return make(out, [&] {
    return at::empty(sizes(shape, dimensions), at::kFloat).uniform_(low, high, generator->value);
  });
}
void ctorch_free(CTorchTensor *tensor) { delete tensor; }
int64_t ctorch_dimensions(const CTorchTensor *tensor) { return tensor->value.dim(); }
int64_t ctorch_size(const CTorchTensor *tensor, int64_t dimension) {
  return dimension >= 0 && dimension < tensor->value.dim() ? tensor->value.sizes()[dimension] : -1;
}
int64_t ctorch_count(const CTorchTensor *tensor) { return tensor->value.numel(); }
int ctorch_type(const CTorchTensor *tensor) { return static_cast<int>(tensor->value.scalar_type()); }
int ctorch_to_bytes(const CTorchTensor *tensor, CTorchType type, void *bytes, uint64_t byte_count) {
  return guarded([&] {
    auto dense = tensor->value.is_sparse() ? tensor->value.to_dense() : tensor->value;
    auto source = dense.detach().to(static_cast<at::ScalarType>(type)).contiguous();
    check_bytes(source.numel(), source.element_size(), byte_count);
    if (byte_count > 0) std::memcpy(bytes, source.data_ptr(), byte_count);
  });
}
int ctorch_to_type(const CTorchTensor *tensor, CTorchType type, CTorchTensor **out) {
  return make(out, [&] { return tensor->value.to(static_cast<at::ScalarType>(type)); });
}
int ctorch_clone(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return tensor->value.clone(); });
}
int ctorch_contiguous(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return tensor->value.contiguous(); });
}
int ctorch_assign(CTorchTensor *tensor, const CTorchTensor *values) {
  return guarded([&] {
    at::NoGradGuard guard;
    TORCH_CHECK(tensor->value.sizes() == values->value.sizes(), "cannot assign a tensor of shape ",
                values->value.sizes(), " to one of shape ", tensor->value.sizes());
    tensor->value.copy_(values->value);
  });
}

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

// Shape and selection.

int ctorch_reshape(const CTorchTensor *tensor, const int64_t *shape, int64_t dimensions, CTorchTensor **out) {
  return make(out, [&] { return at::reshape(tensor->value, sizes(shape, dimensions)); });
}
int ctorch_transpose(const CTorchTensor *tensor, int64_t first, int64_t second, CTorchTensor **out) {
  return make(out, [&] { return at::transpose(tensor->value, first, second); });
}
int ctorch_concatenate(const CTorchTensor *const *tensors, int64_t count, int64_t dimension, CTorchTensor **out) {
  return make(out, [&] {
    std::vector<at::Tensor> parts;
    for (int64_t index = 0; index < count; ++index) parts.push_back(tensors[index]->value);
    return at::cat(parts, dimension);
  });
}
int ctorch_narrow(const CTorchTensor *tensor, int64_t dimension, int64_t start, int64_t length, CTorchTensor **out) {
  return make(out, [&] { return at::narrow(tensor->value, dimension, start, length); });
}
int ctorch_index_select(const CTorchTensor *tensor, int64_t dimension, const CTorchTensor *indices,
                        CTorchTensor **out) {
  return make(out, [&] { return at::index_select(tensor->value, dimension, indices->value); });
}
int ctorch_masked_fill(const CTorchTensor *tensor, const CTorchTensor *mask, double value, CTorchTensor **out) {
  return make(out, [&] { return at::masked_fill(tensor->value, mask->value, value); });
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

// Autograd.

int ctorch_require_gradient(CTorchTensor *tensor, bool required) {
  return guarded([&] { tensor->value.requires_grad_(required); });
}
int ctorch_detach(const CTorchTensor *tensor, CTorchTensor **out) {
  return make(out, [&] { return tensor->value.detach(); });
}
int ctorch_backward(const CTorchTensor *loss) {
  return guarded([&] { loss->value.backward(); });
}
int ctorch_gradient(const CTorchTensor *tensor, CTorchTensor **out) {
  return guarded([&] {
    const auto &gradient = tensor->value.grad();
    *out = gradient.defined() ? new CTorchTensor{gradient} : nullptr;
  });
}
bool ctorch_set_gradient_enabled(bool enabled) {
  bool before = at::GradMode::is_enabled();
  at::GradMode::set_enabled(enabled);
  return before;
}

// Optimizers.

int ctorch_optimizer_step(CTorchOptimizer *optimizer) {
  return guarded([&] { optimizer->step(); });
}
int ctorch_optimizer_set_learning_rate(CTorchOptimizer *optimizer, double learning_rate) {
  return guarded([&] { optimizer->learning_rate = learning_rate; });
}
int64_t ctorch_optimizer_state_count(const CTorchOptimizer *optimizer) {
  return static_cast<int64_t>(optimizer->state().size());
}
int ctorch_optimizer_state(const CTorchOptimizer *optimizer, int64_t index, CTorchTensor **out) {
  return make(out, [&] { return optimizer->state().at(static_cast<size_t>(index)); });
}
void ctorch_optimizer_free(CTorchOptimizer *optimizer) { delete optimizer; }

// Random numbers.

int ctorch_generator(uint64_t seed, CTorchGenerator **out) {
  return guarded([&] { *out = new CTorchGenerator{at::detail::createCPUGenerator(seed)}; });
}
void ctorch_generator_free(CTorchGenerator *generator) { delete generator; }

// Threads.

int ctorch_threads(void) { return at::get_num_threads(); }
int ctorch_set_threads(int threads) {
  return guarded([&] { at::set_num_threads(threads); });
}

// The table.

const CTorchFunctions ctorch_functions = {
    sizeof(CTorchFunctions),
#define CTORCH_MEMBER(name) ctorch_##name,
    CTORCH_FUNCTIONS(CTORCH_MEMBER)
#undef CTORCH_MEMBER
};

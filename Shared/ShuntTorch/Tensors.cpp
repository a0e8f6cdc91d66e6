// Tensors as such: making, reading and freeing them, their shape and what is selected of them.
#include "Handles.hpp"

#include <cstring>
#include <vector>

using ctorch::guarded;
using ctorch::make;

namespace {

at::IntArrayRef sizes(const int64_t *shape, int64_t dimensions) {
  return {shape, static_cast<size_t>(dimensions)};
}

at::TensorOptions options(CTorchType type) { return at::dtype(static_cast<at::ScalarType>(type)); }

void check_bytes(int64_t elements, size_t element_size, uint64_t byte_count) {
  TORCH_CHECK(static_cast<uint64_t>(elements) * element_size == byte_count, "the shape needs ",
              static_cast<uint64_t>(elements) * element_size, " bytes, got ", byte_count);
}

}  // namespace

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

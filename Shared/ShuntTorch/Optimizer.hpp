// What all optimizers have in common.
#pragma once
#include "Handles.hpp"

#include <vector>

struct CTorchOptimizer {
  double learning_rate;

  explicit CTorchOptimizer(double rate) : learning_rate(rate) {}
  virtual ~CTorchOptimizer() = default;

  virtual void step() = 0;
  // What steps leave for later ones; writing to it goes on from there.
  virtual std::vector<at::Tensor> state() const = 0;
};

namespace ctorch {

inline void check_parameter(const at::Tensor &tensor) {
  TORCH_CHECK(tensor.is_leaf() && tensor.requires_grad(), "an optimizer needs leaves that require a gradient");
  TORCH_CHECK(tensor.is_contiguous() && tensor.scalar_type() == at::kFloat, "an optimizer needs contiguous float32");
}

}  // namespace ctorch

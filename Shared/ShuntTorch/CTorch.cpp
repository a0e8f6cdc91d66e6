// Errors, gradients, optimizers, random numbers and threads; the table of all functions.
#include "Handles.hpp"
#include "Optimizer.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <string>

using ctorch::guarded;
using ctorch::make;

namespace {

thread_local std::string last_error;

}  // namespace

void ctorch::set_last_error(const char *message) { last_error = message; }
const char *ctorch_last_error(void) { return last_error.c_str(); }

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

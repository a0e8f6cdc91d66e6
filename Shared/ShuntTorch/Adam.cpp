// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) in one pass over each parameter.
#include "Optimizer.hpp"
#include "Vectorized.hpp"

#include <cmath>

namespace {

constexpr float first_decay = 0.9f, second_decay = 0.999f, epsilon = 1e-8f;

// What a step's numbers have in common.
struct Step {
  float shrink;         // of the parameter, decoupled weight decay
  float decay;          // times the parameter into the gradient
  float rate;           // learning rate ÷ (1 − β₁ᵗ)
  float root;           // 1 ÷ √(1 − β₂ᵗ)
};

CTORCH_VECTORIZED
void update(float *__restrict values, const float *__restrict gradient, float *__restrict mean,
            float *__restrict square, int64_t count, Step step) {
  for (int64_t index = 0; index < count; ++index) {
    float slope = gradient[index] + step.decay * values[index];
    mean[index] = first_decay * mean[index] + (1 - first_decay) * slope;
    square[index] = second_decay * square[index] + (1 - second_decay) * slope * slope;
    values[index] = step.shrink * values[index] -
                    step.rate * mean[index] / (std::sqrt(square[index]) * step.root + epsilon);
  }
}

struct Parameter {
  at::Tensor value, mean, square;

  explicit Parameter(const at::Tensor &tensor) : value(tensor) {
    ctorch::check_parameter(tensor);
    mean = at::zeros(tensor.sizes());
    square = at::zeros(tensor.sizes());
  }

  void move(const Step &step) {
    auto &slope = value.mutable_grad();
    if (!slope.defined()) return;
    slope.is_sparse() ? move_rows(slope.coalesce(), step) : move_all(slope.contiguous(), step);
    slope.reset();
  }

 private:
  void move_all(const at::Tensor &slope, const Step &step) {
    auto gradient = slope.data_ptr<float>();
    at::parallel_for(0, value.numel(), 1 << 15, [&](int64_t first, int64_t last) {
      update(value.data_ptr<float>() + first, gradient + first, mean.data_ptr<float>() + first,
             square.data_ptr<float>() + first, last - first, step);
    });
  }

  // The rows that have a gradient; the others rest, as in PyTorch's SparseAdam.
  void move_rows(const at::Tensor &slope, const Step &step) {
    auto indices = slope.indices().contiguous();
    auto gradient = slope.values().contiguous();
    auto width = gradient.size(1);
    for (int64_t row = 0; row < gradient.size(0); ++row) {
      auto start = indices.data_ptr<int64_t>()[row] * width;
      update(value.data_ptr<float>() + start, gradient.data_ptr<float>() + row * width,
             mean.data_ptr<float>() + start, square.data_ptr<float>() + start, width, step);
    }
  }
};

struct Adam : CTorchOptimizer {
  std::vector<Parameter> parameters;
  double weight_decay;
  bool decoupled;
  at::Tensor steps = at::zeros({1}, at::kLong);

  Adam(CTorchTensor *const *given, int64_t count, double rate, double decay, bool decoupled)
      : CTorchOptimizer(rate), weight_decay(decay), decoupled(decoupled) {
    for (int64_t index = 0; index < count; ++index) parameters.emplace_back(given[index]->value);
  }

  void step() override {
    auto number = ++*steps.data_ptr<int64_t>();
    at::NoGradGuard guard;
    auto rate = learning_rate / (1 - std::pow(static_cast<double>(first_decay), number));
    auto root = 1 / std::sqrt(1 - std::pow(static_cast<double>(second_decay), number));
    Step step{static_cast<float>(decoupled ? 1 - learning_rate * weight_decay : 1),
              static_cast<float>(decoupled ? 0 : weight_decay), static_cast<float>(rate), static_cast<float>(root)};
    for (auto &parameter : parameters) parameter.move(step);
  }

  std::vector<at::Tensor> state() const override {
    std::vector<at::Tensor> all{steps};
    for (const auto &parameter : parameters) {
      all.push_back(parameter.mean);
      all.push_back(parameter.square);
    }
    return all;
  }
};

}  // namespace

int ctorch_adam(CTorchTensor *const *parameters, int64_t count, double learning_rate, double weight_decay,
                bool decoupled, CTorchOptimizer **out) {
  return ctorch::guarded([&] { *out = new Adam(parameters, count, learning_rate, weight_decay, decoupled); });
}

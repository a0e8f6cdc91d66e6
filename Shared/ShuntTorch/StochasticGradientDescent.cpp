// Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013) in one pass over each parameter.
#include "Optimizer.hpp"
#include "Vectorized.hpp"

namespace {

CTORCH_VECTORIZED
void update(float *__restrict values, const float *__restrict gradient, float *__restrict velocity, int64_t count,
            float rate, float momentum, float decay) {
  for (int64_t index = 0; index < count; ++index) {
    float slope = gradient[index] + decay * values[index];
    velocity[index] = momentum * velocity[index] + slope;
    values[index] -= rate * (slope + momentum * velocity[index]);
  }
}

struct StochasticGradientDescent : CTorchOptimizer {
  std::vector<at::Tensor> parameters, velocities;
  double momentum, weight_decay;

  StochasticGradientDescent(CTorchTensor *const *given, int64_t count, double rate, double momentum, double decay)
      : CTorchOptimizer(rate), momentum(momentum), weight_decay(decay) {
    for (int64_t index = 0; index < count; ++index) {
      ctorch::check_parameter(given[index]->value);
      parameters.push_back(given[index]->value);
      velocities.push_back(at::zeros(given[index]->value.sizes()));
    }
  }

  void step() override {
    at::NoGradGuard guard;
    for (size_t index = 0; index < parameters.size(); ++index) {
      auto &slope = parameters[index].mutable_grad();
      if (!slope.defined()) continue;
      update(parameters[index].data_ptr<float>(), slope.contiguous().data_ptr<float>(),
             velocities[index].data_ptr<float>(), parameters[index].numel(), static_cast<float>(learning_rate),
             static_cast<float>(momentum), static_cast<float>(weight_decay));
      slope.reset();
    }
  }

  std::vector<at::Tensor> state() const override { return velocities; }
};

}  // namespace

int ctorch_gradient_descent(CTorchTensor *const *parameters, int64_t count, double learning_rate, double momentum,
                            double weight_decay, CTorchOptimizer **out) {
  return ctorch::guarded([&] {
    *out = new StochasticGradientDescent(parameters, count, learning_rate, momentum, weight_decay);
  });
}

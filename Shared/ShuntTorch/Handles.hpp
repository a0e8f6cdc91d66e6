// What is behind the handles of CTorch.h, and how C++ exceptions become status codes.
#pragma once
#include "CTorch.h"

#include <torch/torch.h>

#include <memory>
#include <string>

struct CTorchTensor {
  at::Tensor value;
};
struct CTorchGenerator {
  at::Generator value;
};

namespace ctorch {

void set_last_error(const char *message);

// Runs `body`; turns whatever it throws into -1 and the thread's message.
template <typename Body>
int guarded(Body &&body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error &error) {
    set_last_error(error.what_without_backtrace());
  } catch (const std::exception &error) {
    set_last_error(error.what());
  } catch (...) {
    set_last_error("unknown C++ exception");
  }
  return -1;
}

// Runs `body`, which makes one tensor; the new handle is the caller's.
template <typename Body>
int make(CTorchTensor **out, Body &&body) noexcept {
  return guarded([&] { *out = new CTorchTensor{body()}; });
}

}  // namespace ctorch

// The features of a TextCNN (Kim 2014) with a backward pass of its own.
//
// A filter over embeddings is linear, so each different token of the batch is multiplied with the filters once, and a
// window is the sum of its tokens' products. Of a maximum over windows only one window per filter and text gets a
// gradient, so the products' gradient has few entries, and the rest of the backward pass is two matrix products over
// the different tokens, where libtorch's convolution takes them over all windows.
#include "Handles.hpp"
#include "Vectorized.hpp"

#include <limits>
#include <utility>
#include <vector>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Filters of one width: `count` features from `feature` on; the products with offset o stand from
// `product` + o · `count` on.
struct Bank {
  int64_t width, count, feature, product;
};

std::vector<Bank> banks_of(const std::vector<int64_t> &widths, const std::vector<int64_t> &counts) {
  std::vector<Bank> banks;
  int64_t feature = 0, product = 0;
  for (size_t index = 0; index < widths.size(); ++index) {
    banks.push_back({widths[index], counts[index], feature, product});
    feature += counts[index];
    product += widths[index] * counts[index];
  }
  return banks;
}

// The batch's different tokens, in order of first sight, and each position's place among them; both int64.
struct DistinctTokens {
  at::Tensor tokens, places;

  DistinctTokens(const at::Tensor &ids, int64_t vocabulary) : places(at::empty({ids.numel()}, at::kLong)) {
    std::vector<int64_t> distinct, seen(vocabulary, -1);
    auto id = ids.data_ptr<int64_t>();
    auto place = places.data_ptr<int64_t>();
    for (int64_t index = 0; index < ids.numel(); ++index) {
      TORCH_CHECK(id[index] >= 0 && id[index] < vocabulary, "token ", id[index], " of a table of ", vocabulary);
      auto &known = seen[id[index]];
      if (known < 0) {
        known = static_cast<int64_t>(distinct.size());
        distinct.push_back(id[index]);
      }
      place[index] = known;
    }
    tokens = at::tensor(distinct, at::kLong);
  }
};

CTORCH_VECTORIZED
void add_scaled(float *__restrict target, const float *__restrict source, float scale, int64_t count) {
  for (int64_t index = 0; index < count; ++index) target[index] += scale * source[index];
}

CTORCH_VECTORIZED
void keep_larger(float *__restrict largest, int32_t *__restrict where, const float *__restrict sums, int32_t position,
                 int64_t count) {
  for (int64_t index = 0; index < count; ++index) {
    bool larger = sums[index] > largest[index];
    largest[index] = larger ? sums[index] : largest[index];
    where[index] = larger ? position : where[index];
  }
}

// Positions of all texts one behind the other.
struct Positions {
  const int64_t *ends;    // of each text: one past its last position
  const int64_t *places;  // of each position: its row in the products
  const float *keeps;     // of each position: a factor, 0 where the token is dropped

  int64_t begin(int64_t text) const { return text == 0 ? 0 : ends[text - 1]; }
  float scale(int64_t text) const {
    return 1 / std::sqrt(static_cast<float>(std::max<int64_t>(1, ends[text] - begin(text))));
  }
};

// One text: the largest window sum of each filter, and where it begins; -1 in a text without tokens.
void largest_windows(const std::vector<Bank> &banks, const Positions &in, int64_t text, const at::Tensor &products,
                     float *largest, int32_t *where, float *sums) {
  auto columns = products.size(1);
  auto values = products.data_ptr<float>();
  for (const auto &bank : banks) {
    std::fill_n(largest + bank.feature, bank.count, -std::numeric_limits<float>::infinity());
    std::fill_n(where + bank.feature, bank.count, -1);
    for (int64_t window = in.begin(text); window < in.ends[text]; ++window) {
      std::fill_n(sums, bank.count, 0.0f);
      auto last = std::min(window + bank.width, in.ends[text]);
      for (int64_t position = window; position < last; ++position) {
        if (in.keeps[position] == 0) continue;
        auto product = bank.product + (position - window) * bank.count;
        add_scaled(sums, values + in.places[position] * columns + product, in.keeps[position], bank.count);
      }
      keep_larger(largest + bank.feature, where + bank.feature, sums, static_cast<int32_t>(window), bank.count);
    }
  }
}

// Adds one text's gradient to that of the products.
void scatter(const std::vector<Bank> &banks, const Positions &in, int64_t text, const float *gradient,
             const int32_t *where, at::Tensor &products) {
  auto columns = products.size(1);
  auto values = products.data_ptr<float>();
  for (const auto &bank : banks) {
    for (int64_t filter = 0; filter < bank.count; ++filter) {
      auto window = static_cast<int64_t>(where[bank.feature + filter]);
      auto slope = gradient[bank.feature + filter];
      if (window < 0 || slope == 0) continue;
      auto last = std::min(window + bank.width, in.ends[text]);
      for (int64_t position = window; position < last; ++position) {
        auto product = bank.product + (position - window) * bank.count + filter;
        values[in.places[position] * columns + product] += slope * in.keeps[position];
      }
    }
  }
}

struct TextFeatures : Function<TextFeatures> {
  static at::Tensor forward(AutogradContext *context, at::Tensor table, at::Tensor weights, at::Tensor biases,
                            at::Tensor tokens, at::Tensor keeps, at::Tensor ends, std::vector<int64_t> widths,
                            std::vector<int64_t> counts) {
    auto banks = banks_of(widths, counts);
    auto texts = ends.size(0), filters = biases.size(0), dimension = table.size(1);
    DistinctTokens distinct(tokens, table.size(0));
    auto rows = at::index_select(table, 0, distinct.tokens);
    auto products = at::mm(rows, weights.t());
    auto largest = at::empty({texts, filters}, table.options());
    auto where = at::empty({texts, filters}, at::kInt);
    auto summed = at::zeros({texts, dimension}, table.options());
    Positions in{ends.data_ptr<int64_t>(), distinct.places.data_ptr<int64_t>(), keeps.data_ptr<float>()};
    at::parallel_for(0, texts, 1, [&](int64_t first, int64_t last) {
      std::vector<float> sums(filters);
      for (int64_t text = first; text < last; ++text) {
        largest_windows(banks, in, text, products, largest.data_ptr<float>() + text * filters,
                        where.data_ptr<int32_t>() + text * filters, sums.data());
        for (auto position = in.begin(text); position < in.ends[text]; ++position) {
          add_scaled(summed.data_ptr<float>() + text * dimension,
                     rows.data_ptr<float>() + in.places[position] * dimension, in.keeps[position] * in.scale(text),
                     dimension);
        }
      }
    });
    auto maxima = at::relu(largest + biases);
    context->save_for_backward({rows, weights, where, maxima, keeps, ends, distinct.tokens, distinct.places});
    context->saved_data["widths"] = std::move(widths);
    context->saved_data["counts"] = std::move(counts);
    context->saved_data["vocabulary"] = table.size(0);
    context->saved_data["is_leaf"] = table.is_leaf();
    return at::cat({maxima, summed}, 1);
  }

  static variable_list backward(AutogradContext *context, variable_list outputs) {
    auto saved = context->get_saved_variables();
    auto rows = saved[0], weights = saved[1], where = saved[2], maxima = saved[3], keeps = saved[4], ends = saved[5];
    auto banks = banks_of(context->saved_data["widths"].toIntVector(), context->saved_data["counts"].toIntVector());
    auto texts = ends.size(0), filters = maxima.size(1), dimension = rows.size(1);
    auto ofMaxima = (outputs[0].narrow(1, 0, filters) * (maxima > 0)).contiguous();
    auto ofSums = outputs[0].narrow(1, filters, dimension).contiguous();
    auto ofProducts = at::zeros({rows.size(0), weights.size(0)}, rows.options());
    Positions in{ends.data_ptr<int64_t>(), saved[7].data_ptr<int64_t>(), keeps.data_ptr<float>()};
    for (int64_t text = 0; text < texts; ++text) {
      scatter(banks, in, text, ofMaxima.data_ptr<float>() + text * filters, where.data_ptr<int32_t>() + text * filters,
              ofProducts);
    }
    auto ofRows = at::mm(ofProducts, weights);
    for (int64_t text = 0; text < texts; ++text) {
      for (auto position = in.begin(text); position < in.ends[text]; ++position) {
        add_scaled(ofRows.data_ptr<float>() + in.places[position] * dimension,
                   ofSums.data_ptr<float>() + text * dimension, in.keeps[position] * in.scale(text), dimension);
      }
    }
    auto vocabulary = context->saved_data["vocabulary"].toInt();
    // What libtorch goes on with from here takes no sparse gradient.
    auto ofTable = context->saved_data["is_leaf"].toBool()
                       ? at::_sparse_coo_tensor_unsafe(saved[6].unsqueeze(0), ofRows, {vocabulary, dimension})
                       : at::zeros({vocabulary, dimension}, rows.options()).index_copy_(0, saved[6], ofRows);
    auto none = at::Tensor();
    return {ofTable, at::mm(ofProducts.t(), rows), ofMaxima.sum(0), none, none, none, none, none};
  }
};

// What the loops above take for granted.
void check(const CTorchTensor *table, const CTorchTensor *weights, const CTorchTensor *biases,
           const CTorchTensor *tokens, const CTorchTensor *keeps, const CTorchTensor *ends,
           const std::vector<Bank> &banks) {
  auto filters = banks.empty() ? 0 : banks.back().feature + banks.back().count;
  auto products = banks.empty() ? 0 : banks.back().product + banks.back().width * banks.back().count;
  TORCH_CHECK(biases->value.numel() == filters && weights->value.size(0) == products &&
                  weights->value.size(1) == table->value.size(1),
              "weights ", weights->value.sizes(), " and biases ", biases->value.sizes(), " for ", filters,
              " filters of a table ", table->value.sizes());
  TORCH_CHECK(keeps->value.sizes() == tokens->value.sizes(), "factors ", keeps->value.sizes(), " for tokens ",
              tokens->value.sizes());
  int64_t last = 0;
  for (int64_t text = 0; text < ends->value.numel(); ++text) {
    auto end = ends->value.data_ptr<int64_t>()[text];
    TORCH_CHECK(end >= last, "text ", text, " ends at ", end, ", before it begins");
    last = end;
  }
  TORCH_CHECK(last == tokens->value.numel(), "texts of ", last, " tokens, got ", tokens->value.numel());
}

}  // namespace

int ctorch_text_features(const CTorchTensor *table, const CTorchTensor *weights, const CTorchTensor *biases,
                         const CTorchTensor *tokens, const CTorchTensor *keeps, const CTorchTensor *ends,
                         const int64_t *widths, const int64_t *counts, int64_t banks, CTorchTensor **out) {
  return ctorch::make(out, [&] {
    std::vector<int64_t> spans(widths, widths + banks), sizes(counts, counts + banks);
    check(table, weights, biases, tokens, keeps, ends, banks_of(spans, sizes));
    return TextFeatures::apply(table->value, weights->value, biases->value, tokens->value, keeps->value, ends->value,
                               spans, sizes);
  });
}

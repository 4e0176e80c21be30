// SPDX-License-Identifier: Apache-2.0
// Networks run by OpenVINO on the CPU. Each batch is computed by one thread, so that the numbers do
// not depend on how many there are; threads share the work batch by batch.
// source  OpenVINO 2026.4, "OpenVINO Runtime API Tutorial" and "CPU Device"
#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <openvino/frontend/manager.hpp>
#include <openvino/openvino.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "framework/base/error.h"
#include "framework/extraction/runtime.h"

namespace insula::extraction {
namespace {

[[noreturn]] void refuse(const std::string& file,
                         const std::string& message,
                         const std::string& note,
                         ExitCode code = ExitCode::data) {
  throw InputError(Place{file, 0, 0, 0, ""}, message, note, code);
}

// Of OpenVINO's messages the part that is for users: it writes where in its own source it was, then
// the reason.
std::string reason(const std::exception& error) {
  std::string last, line;
  std::istringstream lines(error.what());
  while (std::getline(lines, line)) {
    const std::size_t begin = line.find_first_not_of(" -\t\r");
    if (begin == std::string::npos) continue;
    const bool is_of_source = line.find("src/") != std::string::npos ||
                              line.find("Exception from") != std::string::npos ||
                              line.find("Check '") != std::string::npos;
    if (!is_of_source || last.empty()) last = line.substr(begin);
  }
  constexpr std::size_t kLongest = 300;
  return last.size() > kLongest ? last.substr(0, kLongest) + " …" : last;
}

std::optional<std::size_t> extent_of(const ov::Dimension& dimension) {
  if (dimension.is_dynamic()) return std::nullopt;
  return static_cast<std::size_t>(dimension.get_length());
}

std::string text_of(const ov::PartialShape& shape) {
  if (shape.rank().is_dynamic()) return "?";
  std::string text;
  for (const ov::Dimension& dimension : shape) {
    const auto extent = extent_of(dimension);
    text += (text.empty() ? "" : " x ") + (extent ? std::to_string(*extent) : "?");
  }
  return text.empty() ? "a single number" : text;
}

// Does what may make OpenVINO throw, and tells its reason in one sentence.
template <typename Body>
auto guarded(const std::string& file,
             const std::string& what,
             const std::string& note,
             const Body& body) {
  try {
    return body();
  } catch (const InputError&) {
    throw;
  } catch (const InternalError&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    refuse(file, what + ": " + reason(error), note);
  }
}

// ONNX, or OpenVINO's own format. Asked for any format, OpenVINO would try all that it knows and
// print what each of them makes of a damaged file.
std::shared_ptr<ov::Model> model_in(const std::string& file) {
  const bool is_own = std::filesystem::path(file).extension() == ".xml";
  const auto reader = ov::frontend::FrontEndManager().load_by_framework(is_own ? "ir" : "onnx");
  return reader->convert(reader->load(file));
}

// The rows of the smallest table in which the numbers look rows up: beyond it OpenVINO would give
// zeros in silence.
std::optional<std::size_t> table_rows(const ov::Output<ov::Node>& numbers) {
  std::optional<std::size_t> rows;
  const auto at_most = [&](const std::optional<std::size_t>& more) {
    if (more && (!rows || *more < *rows)) rows = more;
  };
  for (const ov::Input<ov::Node>& use : numbers.get_target_inputs()) {
    ov::Node* user = use.get_node();
    const std::string kind = user->get_type_name();
    const ov::PartialShape& table = user->get_input_partial_shape(0);
    if (kind == "Convert") {
      at_most(table_rows(user->output(0)));
    } else if (kind == "Gather" && use.get_index() == 1 && table.rank().is_static() &&
               table.size() == 2) {
      at_most(extent_of(table[0]));
    }
  }
  return rows;
}

// Compiled, with a request for each thread that may ask at a time.
class OpenVinoSession : public Session {
 public:
  OpenVinoSession(ov::CompiledModel compiled,
                  std::vector<std::string> inputs,
                  std::string file,
                  std::size_t at_once)
      : compiled_(std::move(compiled)), inputs_(std::move(inputs)), file_(std::move(file)) {
    for (std::size_t i = 0; i < at_once; ++i) idle_.push_back(compiled_.create_infer_request());
  }

  std::vector<Activation> run(const std::vector<Feed>& feeds) override {
    const Borrowed borrowed(*this);
    const auto run_batch = [&] {
      for (const Feed& feed : feeds) borrowed->set_input_tensor(place_of(feed), tensor_of(feed));
      borrowed->infer();
      std::vector<Activation> activations;
      for (std::size_t i = 0; i < compiled_.outputs().size(); ++i) {
        const ov::Tensor out = borrowed->get_output_tensor(i);
        const auto* numbers = out.data<float>();
        activations.push_back({out.get_shape(), {numbers, numbers + out.get_size()}});
      }
      return activations;
    };
    return guarded(file_,
                   "the network fails",
                   "are these stimuli of the kind and size that it was made for?",
                   run_batch);
  }

 private:
  // A request that is taken and given back.
  class Borrowed {
   public:
    explicit Borrowed(OpenVinoSession& session) : session_(session) {
      std::unique_lock lock(session_.mutex_);
      session_.returned_.wait(lock, [&] { return !session_.idle_.empty(); });
      request_ = std::move(session_.idle_.back());
      session_.idle_.pop_back();
    }
    ~Borrowed() {
      const std::lock_guard lock(session_.mutex_);
      session_.idle_.push_back(std::move(request_));
      session_.returned_.notify_one();
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ov::InferRequest* operator->() const { return &request_; }

   private:
    OpenVinoSession& session_;
    mutable ov::InferRequest request_;
  };

  std::size_t place_of(const Feed& feed) const {
    const auto found = std::ranges::find(inputs_, feed.input);
    if (found == inputs_.end()) throw InternalError("a network has no input '" + feed.input + "'");
    return static_cast<std::size_t>(found - inputs_.begin());
  }

  static ov::Tensor tensor_of(const Feed& feed) {
    return std::visit(
        [&](const auto& numbers) {
          using Number = typename std::decay_t<decltype(numbers)>::value_type;
          ov::Tensor tensor(ov::element::from<Number>(), ov::Shape(feed.shape));
          std::ranges::copy(numbers, tensor.data<Number>());
          return tensor;
        },
        feed.numbers);
  }

  ov::CompiledModel compiled_;
  std::vector<std::string> inputs_;
  std::string file_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<ov::InferRequest> idle_;
};

class OpenVinoNetwork : public Network {
 public:
  explicit OpenVinoNetwork(const std::string& file) : file_(file) {
    guarded(file,
            "this is no network that OpenVINO reads",
            "it reads ONNX (model.onnx) and its own format (model.xml with model.bin)",
            [&] {
              model_ = model_in(file);
              read_inputs();
              read_layers();
            });
  }

  const std::vector<Port>& inputs() const override { return inputs_; }
  const std::vector<Layer>& layers() const override { return layers_; }

  std::unique_ptr<Session> prepare(std::span<const std::string> layers,
                                   std::size_t at_once) const override {
    return guarded(file_, "the network cannot be made ready", "", [&] {
      return std::make_unique<OpenVinoSession>(compiled(layers, at_once), names(), file_, at_once);
    });
  }

 private:
  void read_inputs() {
    for (const ov::Output<ov::Node>& input : model_->inputs()) {
      Port port{input.get_names().empty() ? "" : input.get_any_name(),
                {},
                input.get_element_type().is_integral(),
                table_rows(input)};
      if (input.get_partial_shape().rank().is_dynamic()) {
        refuse(file_, "input '" + port.name + "' does not say how many dimensions it has", "");
      }
      for (const ov::Dimension& dimension : input.get_partial_shape()) {
        port.shape.push_back(extent_of(dimension));
      }
      inputs_.push_back(std::move(port));
    }
  }

  void read_layers() {
    std::set<std::string> outputs;
    for (const ov::Output<ov::Node>& output : model_->outputs()) {
      outputs.insert(output.get_names().begin(), output.get_names().end());
    }
    for (const std::shared_ptr<ov::Node>& operation : model_->get_ordered_ops()) {
      const std::string kind = operation->get_type_name();
      if (kind == "Constant" || kind == "Parameter" || kind == "Result") continue;
      for (const ov::Output<ov::Node>& made : operation->outputs()) {
        // A tensor may have several names, where one operation only passed it on.
        const std::set<std::string> in_order(made.get_names().begin(), made.get_names().end());
        for (const std::string& name : in_order) {
          layers_.push_back(
              {name, text_of(made.get_partial_shape()), kind, outputs.contains(name)});
        }
      }
    }
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Port& input : inputs_) names.push_back(input.name);
    return names;
  }

  // Computes what leads to the layers and no more.
  std::shared_ptr<ov::Model> cut_to(std::span<const std::string> layers) const {
    const std::shared_ptr<ov::Model> copy = model_->clone();
    std::map<std::string, ov::Output<ov::Node>> by_name;
    for (const std::shared_ptr<ov::Node>& operation : copy->get_ordered_ops()) {
      for (const ov::Output<ov::Node>& made : operation->outputs()) {
        for (const std::string& name : made.get_names()) by_name.emplace(name, made);
      }
    }
    ov::OutputVector outputs;
    for (const std::string& layer : layers) {
      const auto found = by_name.find(layer);
      if (found == by_name.end()) throw InternalError("a network has no layer '" + layer + "'");
      outputs.push_back(found->second);
    }
    const auto cut = std::make_shared<ov::Model>(outputs, copy->get_parameters());
    ov::preprocess::PrePostProcessor types(cut);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      types.input(i).tensor().set_element_type(inputs_[i].is_whole ? ov::element::i64
                                                                   : ov::element::f32);
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
      types.output(i).tensor().set_element_type(ov::element::f32);
    }
    return types.build();
  }

  // In float32 whatever the processor would rather take, and one thread for a batch.
  ov::CompiledModel compiled(std::span<const std::string> layers, std::size_t at_once) const {
    const int streams = static_cast<int>(at_once);
    return core_.compile_model(cut_to(layers),
                               "CPU",
                               {ov::hint::inference_precision(ov::element::f32),
                                ov::hint::execution_mode(ov::hint::ExecutionMode::ACCURACY),
                                ov::hint::enable_cpu_pinning(false),
                                ov::num_streams(ov::streams::Num(streams)),
                                ov::inference_num_threads(streams)});
  }

  std::string file_;
  mutable ov::Core core_;
  std::shared_ptr<ov::Model> model_;
  std::vector<Port> inputs_;
  std::vector<Layer> layers_;
};

std::unique_ptr<Network> open_with_openvino(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    refuse(file, "the file does not exist", "", ExitCode::no_input);
  }
  if (!std::filesystem::is_regular_file(file, error) || !std::ifstream(file)) {
    refuse(file, "the file cannot be read", "", ExitCode::no_input);
  }
  return std::make_unique<OpenVinoNetwork>(file);
}

}  // namespace

Runtime built_in_runtime() {
  const std::string build = ov::get_openvino_version().buildNumber;
  return {"OpenVINO " + build.substr(0, build.find('-')), open_with_openvino};
}

}  // namespace insula::extraction

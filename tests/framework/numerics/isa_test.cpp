// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/isa.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "framework/base/error.h"

namespace insula {
namespace {

// Sets INSULA_SIMD for one scope.
class Wish {
 public:
  explicit Wish(const char* wish) {
    if (const char* before = std::getenv("INSULA_SIMD")) before_ = before;
    wish ? setenv("INSULA_SIMD", wish, 1) : unsetenv("INSULA_SIMD");
  }
  ~Wish() { before_ ? setenv("INSULA_SIMD", before_->c_str(), 1) : unsetenv("INSULA_SIMD"); }
  Wish(const Wish&) = delete;
  Wish& operator=(const Wish&) = delete;

 private:
  std::optional<std::string> before_;
};

TEST(Isa, IsTheBestThatTheMachineHasUnlessAsked) {
  const Wish none(nullptr);
  EXPECT_EQ(available_isas().front(), Isa::portable);
  EXPECT_EQ(chosen_isa(), available_isas().back());
}

TEST(Isa, IsTheOneAskedFor) {
  for (const Isa isa : available_isas()) {
    const Wish wish(to_text(isa).c_str());
    EXPECT_EQ(chosen_isa(), isa);
  }
}

TEST(Isa, ThatDoesNotExistIsRefusedWithThoseThatDo) {
  const Wish wish("mmx");
  try {
    chosen_isa();
    FAIL() << "accepted";
  } catch (const InputError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("error: INSULA_SIMD is 'mmx', but this machine can run: portable"), 0u)
        << text;
    EXPECT_EQ(error.code(), ExitCode::usage);
  }
}

}  // namespace
}  // namespace insula

// Outcomes as bytes: the same troubles come back, and nothing comes of other bytes.
#include "report/check_outcome.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace minbtf::report {

namespace {

std::vector<Trouble> some_troubles() {
  const Explanation missing = {Reason::no_such_member, "s.a", "in struct t"};
  return {{.object = 0, .relocation = 3, .status = Status::poisoned, .guard = Guard::exists, .why = missing},
          {.object = 0,
           .relocation = 300,
           .program = 7,
           .status = Status::poisoned,
           .guard = Guard::unreachable,
           .why = missing},
          {.object = 2, .relocation = 0, .status = Status::poisoned, .why = missing},
          {.object = 1000,
           .relocation = 70'000,
           .status = Status::failed,
           .failure = Failure::endless_type,
           .why = {Reason::other, std::string("\0\xff", 2), ""}}};
}

}  // namespace

TEST_CASE("check_outcome: what was encoded is decoded") {
  const std::vector<Trouble> troubles = some_troubles();
  CHECK(decode_troubles(encode_troubles(troubles)) == troubles);
  CHECK(decode_troubles(encode_troubles({})) == std::vector<Trouble>());
  CHECK(encode_troubles({}).size() == 1);
  // A reason is there once.
  CHECK(encode_troubles(troubles).size() < 60);
}

TEST_CASE("check_outcome: every difference is one") {
  const auto bytes = encode_troubles(some_troubles());
  const auto differs = [&](const auto& change) {
    std::vector<Trouble> troubles = some_troubles();
    change(troubles[3]);
    return encode_troubles(troubles) != bytes;
  };
  CHECK_FALSE(differs([](Trouble&) {}));
  CHECK(differs([](Trouble& trouble) { trouble.object = 3; }));
  CHECK(differs([](Trouble& trouble) { trouble.relocation = 1; }));
  CHECK(differs([](Trouble& trouble) { trouble.program = 1; }));
  CHECK(differs([](Trouble& trouble) { trouble.status = Status::poisoned; }));
  CHECK(differs([](Trouble& trouble) { trouble.failure = Failure::bad_type; }));
  CHECK(differs([](Trouble& trouble) { trouble.guard = Guard::exists; }));
  CHECK(differs([](Trouble& trouble) { trouble.why.reason = Reason::ambiguous; }));
  CHECK(differs([](Trouble& trouble) { trouble.why.subject = "x"; }));
  CHECK(differs([](Trouble& trouble) { trouble.why.detail = "x"; }));
}

TEST_CASE("check_outcome: other bytes are refused, or are what is encoded of what they give") {
  const auto bytes = encode_troubles(some_troubles());
  std::size_t refused = 0;
  const auto look_at = [&](const std::vector<std::uint8_t>& wrong) {
    const auto troubles = decode_troubles(wrong);
    refused += troubles ? 0 : 1;
    if (troubles) (void)encode_troubles(*troubles);
  };
  CHECK_FALSE(decode_troubles({}));
  for (std::size_t size = 1; size < bytes.size(); ++size)
    look_at({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
  // Cut between two troubles, what is left is whole.
  CHECK(refused >= bytes.size() - 5);
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::uint8_t> wrong = bytes;
    wrong[random() % wrong.size()] = static_cast<std::uint8_t>(random());
    look_at(wrong);
  }
  CHECK(refused > 1000);
}

TEST_CASE("check_outcome: numbers that promise what is not there") {
  const auto refuses = [](const std::vector<std::uint8_t>& bytes) { return !decode_troubles(bytes).has_value(); };
  const std::vector<std::uint8_t> most = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
  CHECK(refuses(most));                            // that many explanations
  CHECK(refuses({1, 2, 0xff, 0xff, 0xff, 0x7f}));  // a long text
  CHECK(refuses({0x80, 0x00}));                    // zero in two bytes
  CHECK(refuses({0x80}));                          // no end
  CHECK(refuses({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));
  CHECK(refuses({0, 0, 0, 0, 1, 0, 0, 0}));  // an explanation that is not there
  CHECK(refuses({1, 7, 0, 0}));              // a reason that is none
  CHECK_FALSE(refuses({1, 6, 0, 0}));
  CHECK(refuses({1, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0}));     // status
  CHECK(refuses({1, 1, 0, 0, 0, 0, 0, 2, 0x11, 0, 0}));  // failure
  CHECK(refuses({1, 1, 0, 0, 0, 0, 0, 2, 0, 3, 0}));     // guard
  CHECK_FALSE(refuses({1, 1, 0, 0, 0, 0, 0, 2, 0x10, 2, 0}));
}

}  // namespace minbtf::report

// SPDX-License-Identifier: BSD-2-Clause
#include "inputs/kernel_forge.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#include "inputs/names.hpp"
#include "inputs/random.hpp"
#include "inputs/type_maker.hpp"
#include "inputs/wanted.hpp"
#include "inputs/wanted_maker.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::bench {

namespace {

class KernelForge {
 public:
  explicit KernelForge(const KernelShape& shape)
      : shape_(shape),
        random_(shape.seed),
        common_(forge_),
        types_(forge_, common_),
        wanted_(forge_, common_, types_) {}

  std::vector<std::uint8_t> run() {
    if (shape_.copies > 1) {
      copies(shape_.types / 10 * 9);
    } else {
      units(shape_.types / 100 * 36);
    }
    for (const WantedEnum& type : wanted_enums()) wanted_.enumeration(random_, type);
    variables();
    return forge_.bytes();
  }

 private:
  /// Makes a deduplicated kernel. The wanted structs are spread over the large units, which come first and have half of
  /// the `data_types` types that are not functions.
  void units(std::uint32_t data_types) {
    constexpr std::uint32_t large_units = 8;
    constexpr std::uint32_t small_units = 128;
    const std::uint32_t functions_each = (shape_.types - data_types) / (large_units + small_units);
    const std::span<const WantedStruct> all = wanted_structs();
    const std::size_t slice = (all.size() + large_units - 1) / large_units;
    for (std::size_t i = 0; i < large_units + small_units; ++i) {
      const std::size_t at = std::min(i * slice, all.size());
      Random random(random_.next());
      unit(random, data_types / 2 / (i < large_units ? large_units : small_units),
           all.subspan(at, std::min(slice, all.size() - at)));
      functions(functions_each);
    }
    wanted_.link();
  }

  /// Makes an undeduplicated kernel: each source file has its own copy of the types in the headers.
  void copies(std::uint32_t data_types) {
    const std::uint64_t seed = random_.next();
    for (std::uint32_t i = 0; i < shape_.copies; ++i) {
      Random random(seed);
      unit(random, data_types / shape_.copies, wanted_structs());
      wanted_.link();
      functions((shape_.types - data_types) / shape_.copies);
    }
  }

  void unit(Random& random, std::uint32_t size, std::span<const WantedStruct> wanted) {
    constexpr int place_of_wanted = -1;
    std::vector<int> places(wanted.size(), place_of_wanted);
    for (const Sort sort : usual_sorts(size)) places.push_back(static_cast<int>(sort));
    random.shuffle(places);
    types_.begin_unit();
    std::size_t next_wanted = 0;
    for (const int place : places) {
      if (place == place_of_wanted) {
        wanted_.structure(random, wanted[next_wanted++]);
      } else {
        types_.make(random, static_cast<Sort>(place));
      }
    }
    types_.end_unit(random);
  }

  /// Makes about `count` types: function prototypes, each followed by the functions that have it.
  void functions(std::uint32_t count) {
    const std::uint32_t end = forge_.next_id() + count;
    while (forge_.next_id() < end) {
      const std::uint32_t type = types_.function_type(random_);
      const std::uint32_t users = 1 + random_.small_below(5);
      for (std::uint32_t user = 0; user < users; ++user) forge_.func(names::function(random_), type);
    }
  }

  void variables() {
    constexpr std::uint32_t count = 380;
    constexpr std::uint32_t distance = 64;
    std::vector<test::ForgedVariable> all;
    for (std::uint32_t i = 0; i < count; ++i) {
      const Value type = types_.member_type(random_);
      const std::uint32_t id = forge_.var(names::variable(random_), type.id, 1);
      all.push_back({id, i * distance, type.bytes});
    }
    forge_.datasec(".data..percpu", count * distance, all);
  }

  KernelShape shape_;
  Random random_;
  test::BtfForge forge_;
  CommonTypes common_;
  TypeMaker types_;
  WantedMaker wanted_;
};

}  // namespace

std::vector<std::uint8_t> forge_kernel(const KernelShape& shape) { return KernelForge(shape).run(); }

}  // namespace minbtf::bench

// What a run of `gen` did, as far as it came: filled step by step, printed as text or JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"

namespace minbtf::cli {

struct KernelFacts {
  std::string path;
  std::size_t bytes = 0;
  std::optional<std::uint32_t> types;  ///< unless the kernel was refused
};

struct OutputFacts {
  std::string path;
  std::size_t bytes = 0;
  std::uint32_t types = 0;
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
};

struct ObjectFacts {
  std::string path;
  std::size_t relocations = 0;
  std::string note;  ///< why there are none
};

struct RelocationCounts {
  std::size_t total = 0;
  std::size_t resolved = 0;
  std::size_t poisoned = 0;
  std::size_t failed = 0;
  std::size_t ambiguous = 0;  ///< of the failed ones
  std::size_t questions = 0;  ///< different ones
};

struct ResolutionFacts {
  std::string object;
  RelocationText text;
  Resolution resolution;
  std::optional<Explanation> why{};  ///< of one that is poisoned, where it was asked for
};

struct GenReport {
  std::optional<KernelFacts> kernel;
  std::optional<OutputFacts> output;
  std::optional<RelocationCounts> relocations;
  std::vector<ObjectFacts> objects;
  std::size_t skipped_objects = 0;
  std::vector<ResolutionFacts> resolutions;  ///< of all relocations if they were asked for
  std::vector<std::string> conditions;       ///< words of --fail-on that are met
  bool verified = false;                     ///< the output was compared with the kernel
};

[[nodiscard]] RelocationCounts count(const Plan& plan, const Resolutions& resolutions);

/// "vmlinux: 4351479 -> 3120 bytes, 65 types, 120 members; 240 relocations: ..." of a finished kernel.
[[nodiscard]] std::string kernel_summary(const KernelFacts& kernel, const OutputFacts& output,
                                         const RelocationCounts& relocations);

/// "OBJECT: PROGRAM insn N: KIND SUBJECT: OUTCOME"
[[nodiscard]] std::string resolution_line(const ResolutionFacts& facts);

}  // namespace minbtf::cli

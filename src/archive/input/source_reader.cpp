// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/source_reader.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <optional>
#include <utility>

#include "archive/input/kernel_contents.hpp"
#include "archive/tree_path.hpp"
#include "elf/elf_file.hpp"
#include "io/byte_stream.hpp"
#include "io/read/buffer.hpp"
#include "io/read/file_type.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

/// Calls take(bytes) for each piece of the stream, to its end.
template <typename Take>
void read_through(io::ByteStream& stream, Take take) {
  for (auto bytes = stream.next(); !bytes.empty(); bytes = stream.next()) take(bytes);
}

io::Sha256 digest_of(io::InputFile& file) {
  file.rewind();
  io::FileStream stream(file.descriptor(), file.name());
  io::Sha256Hasher hasher;
  read_through(stream, [&](std::span<const std::uint8_t> bytes) { hasher.add(bytes); });
  return hasher.digest();
}

}  // namespace

LoadedSource load_source(const SourceFile& file, const std::string& name, const LoadOptions& options,
                         io::Buffer& memory) {
  const UnpackLimits& limits = options.limits;
  io::InputFile input(file.location);
  LoadedSource source;
  switch (contents_of(input.head(), promise_of(file.path), name)) {
    case io::Contents::raw_btf:
      check_kernel_size(file.bytes, name, limits);
      source.kind = LoadedSource::Kind::btf;
      source.bytes = input.read_all(memory, limits.kernel_bytes, "--max-kernel-size");
      if (is_ignored_module(source.bytes, file.path, name)) return {.kind = LoadedSource::Kind::module};
      break;
    case io::Contents::elf: {
      const elf::ElfFile elf = elf::ElfFile::from_file(input.descriptor(), name);
      source.is_elf = true;
      if (auto btf = btf_in_tree(elf, file.path, name, limits)) {
        if (is_ignored_module(*btf, file.path, name)) return {.kind = LoadedSource::Kind::module};
        source.kind = LoadedSource::Kind::btf;
        memory.make_room(btf->size(), 0);
        std::ranges::copy(*btf, memory.data());
        source.bytes = {memory.data(), btf->size()};
        source.hashed = true;  // always: ELF files of different sizes may have equal sections
        if (options.digests) source.sha256 = digest_of(input);
      } else if (io::is_module(elf)) {
        return {.kind = LoadedSource::Kind::module};
      }
      break;
    }
    case io::Contents::packed:
      if (file.bytes > max_held_bytes) {
        StreamedSource stream(input);
        source.sha256 = read_to_end(stream, options.digests);
        source.kind = LoadedSource::Kind::streamed;
        source.hashed = true;
        source.hash = stream.hash();
        source.size = stream.position();
        return source;
      }
      source.kind = LoadedSource::Kind::packed;
      source.bytes = input.read_all(memory);
      break;
    case io::Contents::pack:
      return {.kind = LoadedSource::Kind::pack};
    case io::Contents::other:
      break;
  }
  source.hashed = source.hashed || options.hashes;
  if (source.hashed) source.hash = io::hash_of(source.bytes);
  source.size = source.bytes.size();
  if (options.digests && source.kind != LoadedSource::Kind::other && !source.sha256) {
    source.sha256 = io::sha256_of(source.bytes);
  }
  return source;
}

StreamedSource::StreamedSource(io::InputFile& file) : stream_(file.descriptor(), file.name()) { file.rewind(); }

std::span<const std::uint8_t> StreamedSource::next() {
  const auto bytes = stream_.next();
  hasher_.add(bytes);
  position_ += bytes.size();
  return bytes;
}

std::optional<io::Sha256> read_to_end(StreamedSource& source, bool digests) {
  io::Sha256Hasher hasher;
  read_through(source, [&](std::span<const std::uint8_t> bytes) {
    if (digests) hasher.add(bytes);
  });
  return digests ? std::optional(hasher.digest()) : std::nullopt;
}

namespace {

/// Returns the path in the tar that a symbolic link leads to. `..` is resolved in the text. Returns an empty text if
/// the link leads out of the tar or to its root. Example: link `a/b/k` with target `../c` leads to `a/c`.
std::string symbolic_target(const Member& link) {
  if (link.target.starts_with('/')) return {};
  std::string path = std::string(directory_of(link.path));
  std::string_view rest = link.target;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      path = joined_path(path, part);
    } else if (path.empty()) {
      return {};
    } else {
      path = std::string(directory_of(path));
    }
  }
  return path;
}

std::string target_of(const Member& link) {
  if (link.type == Member::Type::symbolic_link) return symbolic_target(link);
  return path_fault(link.target).empty() ? cleaned_path(link.target) : "";
}

Problem refusal(const Member& member) {
  return {.kind = ErrorKind::wrong_file, .member = member.path, .where = "", .reason = "refused: " + member.refusal};
}

}  // namespace

std::string selection_path(const std::string& source, const std::string& member) {
  // The output of such a member is named after the source.
  if (member.empty() || (!source.empty() && is_named_by_tar(member))) return source;
  return joined_path(directory_of(source), member);
}

void append(SourceOutcome& whole, SourceOutcome part) {
  std::ranges::move(part.kernels, std::back_inserter(whole.kernels));
  std::ranges::move(part.links, std::back_inserter(whole.links));
  std::ranges::move(part.problems, std::back_inserter(whole.problems));
  std::ranges::move(part.others, std::back_inserter(whole.others));
  whole.may_have_modules = whole.may_have_modules || part.may_have_modules;
  whole.ignored += part.ignored;
  whole.modules += part.modules;
  whole.unselected += part.unselected;
  whole.missed_i386 += part.missed_i386;
}

Problem current_exception_as_problem(const std::string& member) {
  try {
    throw;
  } catch (const Error& error) {
    // Unpacker sets `where` to the member of the error. The problem already has the member.
    const std::string where = error.where() == member ? "" : error.where();
    return {.kind = error.kind(), .member = member, .where = where, .reason = error.reason()};
  } catch (const std::bad_alloc&) {
    return {.kind = ErrorKind::internal, .member = member, .where = "", .reason = "out of memory"};
  } catch (const std::exception& error) {
    return {.kind = ErrorKind::internal, .member = member, .where = "", .reason = error.what()};
  }
}

SourceReader::SourceReader(std::string path, std::string name, const KernelTask& task, const PathSelection& selection,
                           const UnpackLimits& limits)
    : path_(std::move(path)), name_(std::move(name)), task_(task), selection_(selection), limits_(limits) {}

SourceOutcome SourceReader::read_btf(std::span<const std::uint8_t> btf) const {
  SourceOutcome outcome;
  try {
    add_kernel({}, btf, outcome);
  } catch (...) {
    outcome.problems.push_back(current_exception_as_problem(""));
  }
  return outcome;
}

SourceOutcome SourceReader::read_packed(io::ByteStream& input) const {
  SourceOutcome outcome;
  try {
    Unpacker unpacker(input, name_, limits_);
    if (unpacker.is_tar()) {
      while (auto member = next_member(unpacker, outcome)) append(outcome, read_member(*member));
      check_promise(outcome);
      return outcome;
    }
    read_compressed(unpacker, "", outcome);
  } catch (...) {
    outcome.kernels.clear();
    outcome.links.clear();
    outcome.problems.push_back(current_exception_as_problem(""));
  }
  return outcome;
}

std::optional<PackedMember> SourceReader::next_member(Unpacker& unpacker, SourceOutcome& outcome) const {
  while (const std::optional<Member> member = unpacker.next()) {
    if (!member->refusal.empty()) {
      outcome.problems.push_back(refusal(*member));
    } else if (is_hidden_path(member->path)) {
      ++outcome.ignored;
    } else if (member->type != Member::Type::file) {
      const std::string target = target_of(*member);
      if (target.empty()) {
        ++outcome.ignored;  // the link leads out of the tar
      } else {
        outcome.links.push_back({.member = member->path, .target = target});
      }
    } else if (is_kernel_name(member->path) && !takes(member->path)) {
      leave_out(selection_path(member->path), selection_, outcome);
    } else {
      try {
        const io::Contents contents = contents_of(unpacker.head(), promise_of(member->path), name_);
        // Compressed data or a tar that is not named like a kernel: the selection is applied to the contents.
        const bool may_hold_some = contents == io::Contents::packed && !is_kernel_name(member->path);
        if (contents == io::Contents::other) {
          ++outcome.ignored;
        } else if (!may_hold_some && !takes(member->path)) {
          leave_out(selection_path(member->path), selection_, outcome);
          outcome.may_have_modules = true;  // a module is not selected by its path: it is a part of its kernel
        } else if (contents == io::Contents::pack) {
          refuse_pack(name_);
        } else if (member->size > limits_.kernel_bytes) {
          throw Error(ErrorKind::wrong_file, name_, "",
                      std::to_string(member->size) + " bytes, over the limit of " +
                          std::to_string(limits_.kernel_bytes) + " (--max-kernel-size)");
        } else {
          return PackedMember{.path = member->path, .bytes = unpacker.read_all()};
        }
      } catch (const Error& error) {
        // wrong_file is an error of this member, and the next members can be read. Any other error ends the tar.
        if (error.kind() != ErrorKind::wrong_file) throw;
        outcome.problems.push_back(current_exception_as_problem(member->path));
      }
    }
  }
  return std::nullopt;
}

void SourceReader::check_promise(const SourceOutcome& outcome) const {
  const bool is_empty = outcome.kernels.empty() && outcome.links.empty() && outcome.problems.empty();
  if (!is_empty || outcome.unselected != 0 || !is_kernel_name(path_)) return;
  if (outcome.modules != 0 && is_module_name(path_)) return;
  refuse_without_kernel(name_, outcome.modules);
}

SourceOutcome SourceReader::read_member(const PackedMember& member) const {
  SourceOutcome outcome;
  try {
    read_contents(member, outcome);
  } catch (...) {
    outcome.kernels.clear();
    outcome.problems.push_back(current_exception_as_problem(member.path));
  }
  return outcome;
}

bool SourceReader::takes(const std::string& member) const {
  // A source that is named like a kernel, such as REL.btf.tar.xz, was selected by its own path.
  return is_kernel_name(path_) || selection_.takes(selection_path(member));
}

std::string SourceReader::selection_path(const std::string& member) const {
  return archive::selection_path(path_, member);
}

void SourceReader::ignore(OtherMember other, SourceOutcome& outcome) const {
  ++outcome.ignored;
  if (other.is_module) {
    ++outcome.modules;
    outcome.may_have_modules = true;
  }
  if (!is_kernel_name(path_)) outcome.others.push_back(std::move(other));
}

void SourceReader::read_contents(const PackedMember& member, SourceOutcome& outcome) const {
  const std::string& path = member.path.empty() ? path_ : member.path;
  const auto head = std::span(member.bytes).first(std::min(member.bytes.size(), io::file_type_bytes));
  switch (contents_of(head, promise_of(path), name_)) {
    case io::Contents::raw_btf:
      add_kernel(member, member.bytes, outcome);
      return;
    case io::Contents::elf: {
      const elf::ElfFile elf = elf::ElfFile::from_memory(member.bytes, name_);
      if (auto btf = btf_in_tree(elf, path, name_, limits_)) {
        add_kernel(member, *btf, outcome);
      } else {
        ignore({.member = member.path, .inner_tar = member.inner_tar, .is_module = io::is_module(elf)}, outcome);
      }
      return;
    }
    case io::Contents::packed:
      // Only for the member as next_member() returned it: Unpacker removes every layer of compression or throws, and
      // read_inner_tar() refuses compressed members.
      read_inner(member, outcome);
      return;
    case io::Contents::pack:
      refuse_pack(name_);
    case io::Contents::other:
      ++outcome.ignored;
      return;
  }
}

void SourceReader::read_compressed(Unpacker& unpacker, const std::string& member, SourceOutcome& outcome) const {
  static_cast<void>(unpacker.next());
  if (contents_of(unpacker.head(), promise_of(member.empty() ? path_ : member), name_) == io::Contents::other) {
    ++outcome.ignored;
    return;
  }
  if (!takes(member)) {
    leave_out(selection_path(member), selection_, outcome);
    outcome.may_have_modules = true;
    return;
  }
  const PackedMember contents{.path = member, .bytes = unpacker.read_all()};
  static_cast<void>(unpacker.next());  // reads to the end, where the checksum is
  read_contents(contents, outcome);
}

void SourceReader::read_inner(const PackedMember& packed, SourceOutcome& outcome) const {
  io::MemoryStream input(packed.bytes);
  Unpacker unpacker(input, name_, limits_);
  if (!unpacker.is_tar()) {
    read_compressed(unpacker, packed.path, outcome);
    return;
  }
  const std::size_t before = outcome.kernels.size();
  const std::string directory(directory_of(packed.path));
  read_inner_tar(unpacker, packed.path, outcome);
  if (outcome.kernels.size() != before + 1) return;
  std::string& member = outcome.kernels.back().member;
  if (is_named_by_tar(directory.empty() ? member : std::string_view(member).substr(directory.size() + 1))) {
    member = packed.path;
  }
}

void SourceReader::read_inner_tar(Unpacker& unpacker, const std::string& packed, SourceOutcome& outcome) const {
  const std::string directory(directory_of(packed));
  const auto ignore_one = [&] {
    if (is_kernel_name(packed)) {
      ignore({.member = "", .inner_tar = packed}, outcome);
    } else {
      ++outcome.ignored;  // whatever is selected
    }
  };
  while (const std::optional<Member> member = unpacker.next()) {
    const std::string path = joined_path(directory, member->path);
    try {
      if (!member->refusal.empty()) throw Error(ErrorKind::wrong_file, name_, "", "refused: " + member->refusal);
      if (member->type != Member::Type::file || is_hidden_path(member->path)) {
        ignore_one();
        continue;
      }
      const io::Contents contents = contents_of(unpacker.head(), promise_of(member->path), name_);
      if (contents == io::Contents::other) {
        ignore_one();
      } else if (!is_kernel_name(packed) && !takes(path)) {
        leave_out(selection_path(path), selection_, outcome);
      } else if (contents == io::Contents::packed) {
        throw Error(ErrorKind::wrong_file, name_, "",
                    "a compressed file or tar in an archive inside another archive; extract the outer archive first");
      } else {
        append(outcome, read_member({.path = path, .inner_tar = packed, .bytes = unpacker.read_all()}));
      }
    } catch (const Error& error) {
      // wrong_file is an error of this member, and the next members can be read. Any other error ends the inner tar.
      if (error.kind() != ErrorKind::wrong_file) throw;
      outcome.problems.push_back(current_exception_as_problem(path));
    }
  }
}

void SourceReader::add_kernel(const PackedMember& member, std::span<const std::uint8_t> btf,
                              SourceOutcome& outcome) const {
  if (is_ignored_module(btf, member.path.empty() ? path_ : member.path, name_)) {
    ignore({.member = member.path, .inner_tar = member.inner_tar, .is_module = true}, outcome);
    return;
  }
  KernelResultPtr result =
      task_.run({.source = path_, .member = member.path, .inner_tar = member.inner_tar, .name = name_}, btf);
  outcome.kernels.push_back({.member = member.path, .result = std::move(result)});
}

}  // namespace minbtf::archive

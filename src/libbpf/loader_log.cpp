// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/loader_log.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace minbtf::libbpf {

namespace {

struct Message {
  bool is_warning = false;
  std::string text;
};

/// Receives libbpf's messages. libbpf has one print function for the process.
std::vector<Message>* messages = nullptr;
bool message_was_lost = false;

/// Print function for libbpf. No exception may leave it, because libbpf is C.
int keep_message(enum libbpf_print_level level, const char* format, va_list arguments) noexcept {
  // Longer lines list specs with many candidates. Such lines are not used.
  std::array<char, 4096> buffer;
  std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  try {
    messages->push_back({.is_warning = level == LIBBPF_WARN, .text = buffer.data()});
  } catch (const std::bad_alloc&) {
    message_was_lost = true;
  }
  return 0;
}

/// Sends libbpf's messages to `log` during its lifetime.
class Listener {
 public:
  explicit Listener(std::vector<Message>& log) {
    messages = &log;
    message_was_lost = false;
    before_ = libbpf_set_print(keep_message);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { libbpf_set_print(before_); }

 private:
  libbpf_print_fn_t before_ = nullptr;
};

struct ObjectDeleter {
  void operator()(struct bpf_object* object) const noexcept { bpf_object__close(object); }
};

/// Returns true if the message reports the outcome of a relocation. Other messages list candidates and specs: their ids
/// and indices differ in another BTF.
bool tells_outcome(std::string_view message) {
  static constexpr std::array<std::string_view, 9> parts = {"patched insn",
                                                            "substituting insn",
                                                            "failed",
                                                            "ambiguity",
                                                            "accesses field incorrectly",
                                                            "unexpected",
                                                            "no matching targets found",
                                                            "value too big",
                                                            "error matching candidate"};
  for (const std::string_view part : parts) {
    if (message.find(part) != std::string_view::npos) return true;
  }
  return false;
}

/// Removes `beginning` from the front of `text`. Returns false if `text` has another beginning.
bool drop(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Parses "libbpf: prog 'NAME': relo #N: MESSAGE". Leaves MESSAGE without its newline in `text`.
std::optional<LoaderRecord> take_record(std::string_view& text) {
  if (!drop(text, "libbpf: prog '")) return std::nullopt;
  const std::size_t quote = text.find("': relo #");
  if (quote == std::string_view::npos) return std::nullopt;
  LoaderRecord record{.program = std::string(text.substr(0, quote))};
  text.remove_prefix(quote);
  drop(text, "': relo #");
  const auto number = take_number(text);
  if (!number || !drop(text, ": ")) return std::nullopt;
  record.number = static_cast<std::uint32_t>(*number);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return record;
}

/// Replaces type ids: "[123]" becomes "[]".
std::string without_ids(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    std::size_t end = i + 1;
    while (text[i] == '[' && end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (end > i + 1 && end < text.size() && text[end] == ']') i = end - 1;
  }
  return out;
}

/// Removes the type ids of the target from the message of a relocation whose value is a type id: "patched insn #5
/// (ALU/ALU64) imm 0 -> 33688", "relocation decision ambiguity: success 44859 != success 33688".
void drop_target_ids(std::string& text) {
  constexpr std::string_view ambiguity = "decision ambiguity";
  if (text.starts_with("patched insn #")) text.resize(std::min(text.size(), text.rfind(" ->")));
  if (const std::size_t at = text.find(ambiguity); at != std::string::npos) text.resize(at + ambiguity.size());
}

void read_messages(const std::vector<Message>& log, LoaderLog& out) {
  bool is_type_id = false;
  for (const Message& each : log) {
    std::string_view text = each.text;
    if (each.is_warning && out.first_warning.empty()) out.first_warning = text.substr(0, text.find('\n'));
    const auto record = take_record(text);
    if (!record) continue;
    if (text.starts_with('<')) is_type_id = text.starts_with("<target_type_id>");
    if (!tells_outcome(text)) continue;
    if (text.starts_with("failed to relocate")) out.failed_program = record->program;
    std::string kept = without_ids(text);
    if (is_type_id) drop_target_ids(kept);
    out.outcomes[*record].push_back(std::move(kept));
  }
}

/// Returns true if libbpf has relocated all programs and tried to load one. The kernel may refuse it for any reason.
bool is_relocated(const std::vector<Message>& log) {
  return std::ranges::any_of(
      log, [](const Message& each) { return each.text.find("BPF program load failed") != std::string::npos; });
}

void choose_programs(struct bpf_object* opened, const LoaderChoice& choose) {
  std::size_t index = 0;
  for (struct bpf_program* program = bpf_object__next_program(opened, nullptr); program != nullptr;
       program = bpf_object__next_program(opened, program)) {
    bpf_program__set_autoload(program, choose(index++, bpf_program__name(program)));
  }
}

/// Opens, loads and closes the object. Returns 0 or an errno value.
int load(std::span<const std::uint8_t> elf, const std::string& btf_path, const LoaderChoice& choose) {
  struct bpf_object_open_opts options = {};
  options.sz = sizeof options;
  options.object_name = "oracle";
  options.btf_custom_path = btf_path.c_str();
  const std::unique_ptr<struct bpf_object, ObjectDeleter> opened(
      bpf_object__open_mem(elf.data(), elf.size(), &options));
  if (!opened) return errno;
  // Maps are not created. Some have sizes that only the object's user sets, and libbpf creates maps before it
  // relocates.
  for (struct bpf_map* map = bpf_object__next_map(opened.get(), nullptr); map != nullptr;
       map = bpf_object__next_map(opened.get(), map)) {
    bpf_map__set_autocreate(map, false);
  }
  choose_programs(opened.get(), choose);
  return -bpf_object__load(opened.get());
}

}  // namespace

std::string loader_obstacle() {
  std::vector<Message> ignored;
  const Listener listener(ignored);
  if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SOCKET_FILTER, nullptr) == 1 &&
      libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_KPROBE, nullptr) == 1) {
    return "";
  }
  return "this process cannot load BPF programs: it needs root, or CAP_BPF and CAP_PERFMON, and a kernel with BPF";
}

LoaderLog load_with_btf(std::span<const std::uint8_t> elf, const std::string& btf_path, const LoaderChoice& choose) {
  LoaderLog out;
  std::vector<Message> log;
  int error = 0;
  {
    const Listener listener(log);
    error = load(elf, btf_path, choose);
  }
  if (message_was_lost || (error == ENOMEM && !is_relocated(log))) throw std::bad_alloc();
  read_messages(log, out);
  return out;
}

}  // namespace minbtf::libbpf

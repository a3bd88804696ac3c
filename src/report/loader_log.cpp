#include "report/loader_log.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

#include "archive/parse_back.hpp"

namespace minbtf::report {

namespace {

struct Message {
  bool is_warning = false;
  std::string text;
};

/// libbpf's messages have one receiver in a process; each thread has its own log, or none.
thread_local std::vector<Message>* messages = nullptr;

int keep_message(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (messages == nullptr) return 0;
  // Lines of more than this are specs with many candidates, which are not looked at.
  std::array<char, 4096> buffer;
  std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  messages->push_back({.is_warning = level == LIBBPF_WARN, .text = buffer.data()});
  return 0;
}

/// While it lives libbpf's messages of this thread go to `log`.
class Listener {
 public:
  explicit Listener(std::vector<Message>& log) {
    archive::silence_libbpf();  // not later, by another thread
    // To stay: threads that are not listened to say nothing all the same.
    libbpf_set_print(keep_message);
    messages = &log;
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { messages = nullptr; }
};

struct ObjectDeleter {
  void operator()(struct bpf_object* object) const noexcept { bpf_object__close(object); }
};

/// About an outcome, not about candidates and specs, whose ids and indices differ in another BTF.
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

/// "libbpf: prog 'NAME': relo #N: MESSAGE"; leaves MESSAGE without its newline.
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

/// "[123]" becomes "[]".
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

/// "patched insn #5 (LDX/ST/STX) off 32 -> 36", with imm, off or imm64; nothing for mem_sz.
std::optional<std::pair<std::uint32_t, std::uint64_t>> patched(std::string_view text) {
  if (!drop(text, "patched insn #")) return std::nullopt;
  const auto insn = take_number(text);
  const std::size_t arrow = text.find(" -> ");
  const bool is_value = text.find(") imm") != std::string_view::npos || text.find(") off") != std::string_view::npos;
  if (!insn || !is_value || arrow == std::string_view::npos) return std::nullopt;
  text.remove_prefix(arrow + 4);
  const auto value = take_number(text);
  if (!value) return std::nullopt;
  return std::pair(static_cast<std::uint32_t>(*insn), *value);
}

std::optional<std::uint32_t> poisoned(std::string_view text) {
  if (!drop(text, "substituting insn #")) return std::nullopt;
  const auto insn = take_number(text);
  return insn ? std::optional(static_cast<std::uint32_t>(*insn)) : std::nullopt;
}

void read_messages(const std::vector<Message>& log, LoaderLog& out) {
  bool is_type_id = false;
  for (const Message& each : log) {
    std::string_view text = each.text;
    if (each.is_warning) out.last_warning = text.substr(0, text.find('\n'));
    const auto record = take_record(text);
    if (!record) continue;
    if (text.starts_with('<')) is_type_id = text.starts_with("<target_type_id>");
    if (!tells_outcome(text)) continue;
    if (text.starts_with("failed to relocate")) out.failed_program = record->program;
    std::string kept = without_ids(text);
    if (const auto value = patched(text)) {
      if (is_type_id) {
        kept.resize(kept.rfind(" ->"));
      } else {
        out.patches[{record->program, value->first}] = {.poison = false, .value = value->second};
      }
    } else if (const auto insn = poisoned(text)) {
      out.patches[{record->program, *insn}] = {.poison = true};
    }
    // Ids stand in the text here, too: "success 44859 != success 33688".
    const std::size_t ids = kept.find("decision ambiguity");
    if (is_type_id && ids != std::string::npos) kept.resize(ids + std::string_view("decision ambiguity").size());
    out.outcomes[*record].push_back(std::move(kept));
  }
}

void choose_programs(struct bpf_object* opened, const BpfObject& object, const LoaderChoice& choose, LoaderLog& out) {
  std::map<std::string, bool> chosen;
  std::size_t index = 0;
  for (struct bpf_program* program = bpf_object__next_program(opened, nullptr); program != nullptr;
       program = bpf_object__next_program(opened, program)) {
    const std::string name = bpf_program__name(program);
    chosen[name] = choose(index++, name);
    bpf_program__set_autoload(program, chosen[name]);
  }
  for (const Program& each : object.programs()) {
    // What libbpf does not list is a subprogram, and relocated always.
    const auto found = chosen.find(each.name);
    out.programs.push_back(found == chosen.end() || found->second);
  }
}

}  // namespace

std::string loader_obstacle() {
  std::vector<Message> ignored;
  const Listener listener(ignored);
  if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SOCKET_FILTER, nullptr) == 1 &&
      libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_KPROBE, nullptr) == 1) {
    return "";
  }
  return "this process may not load BPF programs here: it takes root, or CAP_BPF and CAP_PERFMON, and a kernel with "
         "BPF";
}

LoaderLog load_with_btf(std::span<const std::uint8_t> elf, const BpfObject& object, const std::string& btf_path,
                        const LoaderChoice& choose) {
  LoaderLog out;
  std::vector<Message> log;
  {
    const Listener listener(log);
    struct bpf_object_open_opts options = {};
    options.sz = sizeof options;
    options.object_name = "oracle";
    options.btf_custom_path = btf_path.c_str();
    const std::unique_ptr<struct bpf_object, ObjectDeleter> opened(
        bpf_object__open_mem(elf.data(), elf.size(), &options));
    out.opened = opened != nullptr;
    if (opened) {
      // Maps are sized by the programs' users, and come before relocation.
      for (struct bpf_map* map = bpf_object__next_map(opened.get(), nullptr); map != nullptr;
           map = bpf_object__next_map(opened.get(), map)) {
        bpf_map__set_autocreate(map, false);
      }
      choose_programs(opened.get(), object, choose, out);
      bpf_object__load(opened.get());
    }
  }
  read_messages(log, out);
  return out;
}

}  // namespace minbtf::report

// SPDX-License-Identifier: BSD-2-Clause
#include "oracle/generated_object.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

constexpr int deepest_path = 6;
constexpr int draws = 4;

/// A seed must give the same numbers everywhere. std::uniform_int_distribution may differ between libraries.
std::size_t below(std::mt19937& random, std::size_t end) { return random() % end; }
bool one_in(std::mt19937& random, std::size_t n) { return below(random, n) == 0; }

std::string name_of(const struct btf* btf, std::uint32_t offset) {
  const char* name = btf__name_by_offset(btf, offset);
  return name == nullptr ? std::string() : std::string(name);
}

/// The type below typedefs and modifiers.
struct Underlying {
  std::uint32_t id = 0;
  const struct btf_type* type = nullptr;
};

Underlying underlying(const struct btf* btf, std::uint32_t id) {
  const struct btf_type* type = btf__type_by_id(btf, id);
  while (btf_is_mod(type) || btf_is_typedef(type)) {
    id = type->type;
    type = btf__type_by_id(btf, id);
  }
  return {id, type};
}

/// An access to a member, in C.
struct Access {
  std::string expression;  ///< ".a.b[3]"
  const struct btf_type* type = nullptr;
  bool bitfield = false;
};

class Generator {
 public:
  Generator(const struct btf* btf, std::mt19937& random) : btf_(btf), random_(random) { choose_from(); }

  void choose_types(std::size_t count) {
    if (all_.empty()) return;
    while (chosen_.size() < count) {
      const std::vector<std::uint32_t>& from = twice_.empty() || one_in(random_, 2) ? all_ : twice_;
      chosen_.push_back(from[below(random_, from.size())]);
    }
  }

  /// Returns random statements with one relocation each. Some do not compile.
  [[nodiscard]] std::vector<std::string> questions(std::size_t count) {
    std::vector<std::string> out;
    // Some types, such as enums without enumerators, give no statement: limit the number of attempts.
    for (std::size_t tries = 0; out.size() < count && tries < 20 * count && !chosen_.empty(); ++tries) {
      const std::uint32_t id = chosen_[below(random_, chosen_.size())];
      std::string expression = question(id);
      if (!expression.empty()) out.push_back("ASK(" + expression + ");");
    }
    return out;
  }

 private:
  void choose_from() {
    std::map<std::string, std::vector<std::uint32_t>> by_name;
    for (std::uint32_t id = 1; id < btf__type_cnt(btf_); ++id) {
      const struct btf_type* type = btf__type_by_id(btf_, id);
      const std::string name = name_of(btf_, type->name_off);
      const bool asked_about = btf_is_composite(type) || btf_is_any_enum(type) || btf_is_typedef(type);
      if (!asked_about || name.empty() || name.starts_with("__builtin")) continue;
      const Underlying below_it = underlying(btf_, id);
      // A type without a size has no type_size and hardly any other relocation.
      if (below_it.id == 0 || btf_is_fwd(below_it.type)) continue;
      all_.push_back(id);
      by_name[name].push_back(id);
    }
    for (const auto& [name, ids] : by_name) {
      if (ids.size() > 1) twice_.insert(twice_.end(), ids.begin(), ids.end());
    }
  }

  [[nodiscard]] std::string spelled(std::uint32_t id) const {
    const struct btf_type* type = btf__type_by_id(btf_, id);
    const std::string name = name_of(btf_, type->name_off);
    if (btf_is_struct(type)) return "struct " + name;
    if (btf_is_union(type)) return "union " + name;
    if (btf_is_any_enum(type)) return "enum " + name;
    return name;
  }

  std::string question(std::uint32_t id) {
    const struct btf_type* type = underlying(btf_, id).type;
    if (btf_is_composite(type) && btf_vlen(type) > 0 && !one_in(random_, 6)) return field_question(id);
    if (btf_is_any_enum(type) && btf_vlen(type) > 0 && !one_in(random_, 4)) return enumerator_question(id, type);
    return type_question(id);
  }

  std::string type_question(std::uint32_t id) {
    static constexpr std::string_view questions[] = {"TYPE_EXISTS", "TYPE_SIZE", "TYPE_MATCHES", "TYPE_ID_TARGET",
                                                     "TYPE_ID_LOCAL"};
    return std::string(questions[below(random_, std::size(questions))]) + "(" + spelled(id) + ")";
  }

  std::string enumerator_question(std::uint32_t id, const struct btf_type* type) {
    const std::size_t index = below(random_, btf_vlen(type));
    const std::uint32_t name_off =
        btf_is_enum(type) ? btf_enum(type)[index].name_off : btf_enum64(type)[index].name_off;
    const std::string question = one_in(random_, 2) ? "ENUM_EXISTS" : "ENUM_VALUE";
    return question + "(" + spelled(id) + ", " + name_of(btf_, name_off) + ")";
  }

  std::string field_question(std::uint32_t id) {
    const Access access = walk(id);
    if (access.expression.empty()) return {};
    const std::string type = spelled(id);
    const std::string load = "((" + type + " *)context)->" + access.expression;
    const bool integer = btf_is_int(access.type) || btf_is_any_enum(access.type);
    const bool scalar = integer || btf_is_ptr(access.type);
    std::vector<std::string> questions = {"OFFSET_OF", "SIZE_OF", "EXISTS"};
    if (integer) questions.emplace_back("SIGNED");
    if (scalar) {
      // Loads and stores are more frequent than the others, as in programs.
      for (const char* each : {"LSHIFT", "RSHIFT", "load", "load", "load", "store"}) questions.emplace_back(each);
    }
    if (!access.bitfield) questions.emplace_back("address");
    const std::string& chosen = questions[below(random_, questions.size())];
    if (chosen == "load") return load;
    if (chosen == "store") return load + " = 0";
    if (chosen == "address") return "&" + load;
    return chosen + "(" + type + ", " + access.expression + ")";
  }

  /// Walks from a struct or union to a random member, through anonymous members, and further into the type of that
  /// member.
  Access walk(std::uint32_t id) {
    Access out;
    for (int depth = 0; depth < deepest_path; ++depth) {
      const Underlying here = underlying(btf_, id);
      out.type = here.type;
      const bool named = !out.expression.empty();
      if (btf_is_array(here.type)) {
        if (one_in(random_, 4)) return out;
        const std::size_t elements = btf_array(here.type)->nelems;
        // The index is sometimes beyond the end. An array without length gets index 0 or 1.
        const std::size_t index = below(random_, elements + (one_in(random_, 8) || elements == 0 ? 2 : 0));
        out.expression += "[" + std::to_string(index) + "]";
        id = btf_array(here.type)->type;
        continue;
      }
      if (!btf_is_composite(here.type) || btf_vlen(here.type) == 0 || (named && one_in(random_, 3))) return out;
      const auto index = static_cast<std::uint32_t>(below(random_, btf_vlen(here.type)));
      const struct btf_member& member = btf_members(here.type)[index];
      const std::string name = name_of(btf_, member.name_off);
      if (!name.empty()) out.expression += (named ? "." : "") + name;
      out.bitfield = btf_member_bitfield_size(here.type, index) != 0;
      id = member.type;
    }
    out.type = underlying(btf_, id).type;
    return out;
  }

  const struct btf* btf_;
  std::mt19937& random_;
  std::vector<std::uint32_t> all_;
  std::vector<std::uint32_t> twice_;
  std::vector<std::uint32_t> chosen_;
};

/// The source. Each statement is on its own line, so that a statement that does not compile can be removed.
class Source {
 public:
  Source(std::vector<std::string> statements, std::size_t programs) : statements_(std::move(statements)) {
    per_program_ = std::max<std::size_t>(1, (statements_.size() + programs - 1) / programs);
  }

  [[nodiscard]] std::string text() {
    std::ostringstream out;
    std::size_t line = 1;
    lines_.clear();
    const auto put = [&](const std::string& text) {
      out << text << '\n';
      ++line;
    };
    put("#include \"vmlinux.h\"");
    put("#define ORACLE_NO_INTEGERS");
    put("#include \"oracle_core.h\"");
    for (std::size_t i = 0; i < statements_.size(); ++i) {
      if (i % per_program_ == 0) {
        if (i > 0) put("return 0; }");
        const std::string number = std::to_string(i / per_program_);
        // The programs alternate between two sections, so that the order of the records differs from that of the
        // programs.
        put("SEC(\"raw_tp/sys_" + std::string(i % (2 * per_program_) == 0 ? "enter" : "exit") + "\") int program_" +
            number + "(void *context) {");
        put("(void)context;");
      }
      lines_[line] = i;
      put(removed_.contains(i) ? "" : statements_[i]);
    }
    put("return 0; }");
    return out.str();
  }

  /// Removes the statements for which clang reports an error. Returns false if there is no such statement.
  bool remove_wrong(const std::string& messages) {
    static const std::regex error(R"(generated\.c:(\d+):\d+: error)");
    const std::size_t before = removed_.size();
    for (auto match = std::sregex_iterator(messages.begin(), messages.end(), error); match != std::sregex_iterator();
         ++match) {
      const auto found = lines_.find(std::stoul((*match)[1]));
      if (found != lines_.end()) removed_.insert(found->second);
    }
    return removed_.size() > before;
  }

 private:
  std::vector<std::string> statements_;
  std::size_t per_program_ = 1;
  std::map<std::size_t, std::size_t> lines_;  ///< line -> statement
  std::set<std::size_t> removed_;
};

/// Removes statements until the rest compiles. Returns empty bytes, with the reason in `why`, if another error remains.
std::vector<std::uint8_t> compile(Source& source, const TempDir& directory, std::string& why) {
  const std::string object = directory.file("generated.o");
  for (;;) {
    const std::string path = directory.write("generated.c", source.text());
    const CommandResult clang =
        run_command({TEST_CLANG, "-target", "bpfel", "-mcpu=v3", "-g", "-O2", "-w", "-ferror-limit=0",
                     "-fno-crash-diagnostics", "-I" + directory.path().string(),
                     "-I" + std::string(TEST_SOURCE_DIR) + "/tests/bpf", "-c", path, "-o", object});
    if (clang.status == 0) return bytes_of(object);
    if (source.remove_wrong(clang.err)) continue;
    why = "clang: " + clang.err.substr(0, clang.err.find('\n'));
    return {};
  }
}

}  // namespace

std::vector<std::uint8_t> generate_object(const OracleKernel& kernel, const GeneratedSize& size, std::mt19937& random,
                                          std::string& why) {
  const TempDir directory;
  const std::string raw = directory.write("vmlinux", kernel.bytes);
  const CommandResult header = run_command({"bpftool", "btf", "dump", "file", raw, "format", "c"});
  if (header.status != 0) {
    why = "bpftool does not dump it as C: " + header.err;
    return {};
  }
  (void)directory.write("vmlinux.h", header.out);
  // Sometimes a statement makes clang's backend abort without naming it: other statements are generated then.
  for (int draw = 0; draw < draws; ++draw) {
    Generator generator(kernel.target.btf(), random);
    generator.choose_types(size.types);
    Source source(generator.questions(size.questions), size.programs);
    std::vector<std::uint8_t> object = compile(source, directory, why);
    if (!object.empty()) return object;
  }
  return {};
}

}  // namespace minbtf::test

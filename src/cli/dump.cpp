#include "cli/dump.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archive/input.hpp"
#include "btf/view.hpp"
#include "cli/dump_options.hpp"
#include "cli/suggest.hpp"
#include "minbtf/error.hpp"
#include "report/dump_c.hpp"
#include "report/dump_choice.hpp"
#include "report/dump_json.hpp"
#include "wire/kinds.hpp"

namespace minbtf::cli {

namespace {

std::unique_ptr<archive::Input> open(const DumpOptions& options) {
  auto input = archive::open_input(options.file, {.limits = options.limits, .takes_objects = true});
  try {
    input->load();
    return input;
  } catch (const Error& error) {
    if (options.file != "-" || error.kind() != ErrorKind::io) throw;
    throw Error(error.kind(), error.file(), error.where(), error.reason() + " (stdin is /dev/stdin)");
  }
}

/// Bytes and what was made of them, for as long as something is printed.
struct Opened {
  explicit Opened(const DumpOptions& options)
      : input(open(options)), bytes(input->one_kernel()), view(btf::View::parse_in_place(bytes, options.file, {})) {}
  std::unique_ptr<archive::Input> input;
  std::span<const std::uint8_t> bytes;
  btf::View view;
};

[[noreturn]] void no_such_type(const btf::View& btf, const std::string& reason) {
  throw Error(ErrorKind::wrong_file, btf.name(), "", reason);
}

std::vector<std::uint32_t> chosen_by_id(const btf::View& btf, std::uint64_t id) {
  if (id == 0) no_such_type(btf, "type [0] is void, which has no record");
  if (id >= btf.id_end()) no_such_type(btf, fmt::format("no type [{}], the last is [{}]", id, btf.id_end() - 1));
  return {static_cast<std::uint32_t>(id)};
}

std::vector<std::uint32_t> chosen(const btf::View& btf, const std::vector<std::string>& words) {
  const report::TypeQuery query = report::parse_type_query(words);
  if (query.id) return chosen_by_id(btf, *query.id);
  if (query.kind.empty() && query.name == "void") return chosen_by_id(btf, 0);
  std::vector<std::uint32_t> ids = report::find_types(btf, query);
  if (!ids.empty()) return ids;
  const std::string reason = fmt::format("no {} is called '{}'", query.kind.empty() ? "type" : query.kind, query.name);
  const auto others = report::find_types(btf, {.id = {}, .kind = {}, .name = query.name});
  if (!others.empty()) {
    const auto kind = wire::shape(btf.type(others.front()).kind).name;
    no_such_type(btf, fmt::format("{}; there is {} [{}]", reason, kind, others.front()));
  }
  no_such_type(btf, reason + did_you_mean(query.name, report::type_names(btf, query.kind)));
}

void dump_json(const std::shared_ptr<const Opened>& opened, const std::vector<std::uint32_t>& ids, Reply& reply) {
  auto details = ids.empty() ? report::all_details(opened->view) : report::details_for(opened->view, ids);
  reply.json = true;
  reply.body = [opened, ids](report::Json& document) { report::describe(opened->view, ids, document); };
  reply.pieces = [opened, details = std::move(details)](const report::Write& write) {
    report::write_json(opened->view, details, write);
  };
}

void dump_c(const std::shared_ptr<const Opened>& opened, const std::vector<std::uint32_t>& ids, Reply& reply) {
  const report::Choice choice = report::first_of_each_kind(opened->view, ids);
  auto text = ids.empty() ? report::CDump::all(opened->bytes, opened->view)
                          : report::CDump::some(opened->bytes, opened->view, choice.shown, choice.others);
  reply.pieces = [opened, text = std::move(text)](const report::Write& write) { text.write(write); };
}

}  // namespace

void dump(const ParsedLine& line, Reply& reply) {
  const DumpOptions options = dump_options(line);
  const auto opened = std::make_shared<const Opened>(options);
  const auto ids = options.type.empty() ? std::vector<std::uint32_t>{} : chosen(opened->view, options.type);
  if (options.json) {
    dump_json(opened, ids, reply);
  } else {
    dump_c(opened, ids, reply);
  }
}

}  // namespace minbtf::cli

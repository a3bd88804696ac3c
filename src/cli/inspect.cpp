#include "cli/inspect.hpp"

#include <memory>
#include <utility>

#include "archive/object_list.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/inspect_options.hpp"
#include "minbtf/plan.hpp"
#include "report/inspect.hpp"
#include "report/inspect_json.hpp"
#include "report/inspect_text.hpp"
#include "report/words.hpp"

namespace minbtf::cli {

namespace {

struct Inspected {
  std::vector<report::Inspection> objects;
  std::size_t questions = 0;  ///< different ones of all objects
  std::size_t skipped = 0;
};

Inspected inspect_all(const archive::ObjectList& list, Reply& reply) {
  Inspected inspected;
  inspected.skipped = list.skipped;
  std::vector<BpfObject> parsed;
  io::Buffer memory;
  for (const auto& path : list.paths) {
    try {
      const std::span<const std::uint8_t> bytes = archive::read_object(path, memory);
      BpfObject object = BpfObject::parse(bytes, path.string());
      inspected.objects.push_back(report::inspect(object, bytes));
      parsed.push_back(std::move(object));
    } catch (const Error& error) {
      reply.errors.push_back(facts_of(error));
      print_message("error", error.what());
    }
  }
  inspected.questions = Plan(std::move(parsed)).question_count();
  return inspected;
}

void add_text(const Inspected& inspected, bool every_place, Reply& reply) {
  for (const report::Inspection& object : inspected.objects) {
    for (const std::string& line : report::inspect_lines(object, every_place)) reply.text += printable(line) + "\n";
    if (inspected.objects.size() > 1) reply.text += "\n";
  }
  if (inspected.objects.size() > 1) {
    reply.text += printable(report::inspect_total(inspected.objects, inspected.questions)) + "\n";
  }
}

}  // namespace

void inspect(const ParsedLine& line, Reply& reply) {
  const InspectOptions options = inspect_options(line);
  const auto inspected = std::make_shared<const Inspected>(inspect_all(archive::find_objects(options.objects), reply));
  if (!reply.errors.empty()) {
    reply.exit_status = exit_failed;
    reply.error = ErrorFacts{.kind = "objects", .message = report::counted(reply.errors.size(), "object") + " failed"};
  }
  add_text(*inspected, options.verbose, reply);
  reply.body = [inspected](report::Json& document) {
    report::add_inspections(document, inspected->objects, inspected->questions, inspected->skipped);
  };
}

}  // namespace minbtf::cli

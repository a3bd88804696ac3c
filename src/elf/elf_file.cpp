// SPDX-License-Identifier: BSD-2-Clause
#include "elf/elf_file.hpp"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <numeric>
#include <utility>

#include "minbtf/error.hpp"

#ifndef EM_BPF
#define EM_BPF 247
#endif

namespace minbtf::elf {

struct ElfFile::Impl {
  std::string name;
  std::uint64_t size = 0;  ///< bytes of the file
  Elf* elf = nullptr;
  GElf_Ehdr header{};
  std::size_t section_names = 0;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { elf_end(elf); }

  [[noreturn]] void damaged(const std::string& reason) const {
    const int code = elf_errno();
    const std::string detail = code != 0 ? std::string(": ") + elf_errmsg(code) : "";
    throw Error(ErrorKind::damaged, name, "ELF", reason + detail);
  }

  /// Throws std::bad_alloc or Error (io) if the system reported an error to a call of libelf that failed. The caller
  /// has set errno to 0 before the call: libelf's own error codes have no public names, and its texts are translated.
  /// EINVAL and EOVERFLOW are no read errors: they are for an offset that no file has, and that is damage of the ELF
  /// file.
  void check_system() const {
    const int error = errno;
    if (error == 0 || error == EINVAL || error == EOVERFLOW) return;
    if (error == ENOMEM) throw std::bad_alloc();
    throw Error(ErrorKind::io, name, "", std::string("cannot read: ") + std::strerror(error));
  }

  /// Calls `call`, which returns a null pointer if it fails. Throws as check_system() does. Otherwise returns the
  /// result, which is a null pointer for a damaged file.
  template <typename Call>
  auto checked(Call call) const {
    errno = 0;
    const auto result = call();
    if (result == nullptr) check_system();
    return result;
  }

  /// Returns the header of a section; nothing if it is damaged, or if `section` is a null pointer.
  [[nodiscard]] std::optional<GElf_Shdr> find_header(Elf_Scn* section) const {
    GElf_Shdr shdr;
    if (checked([&] { return gelf_getshdr(section, &shdr); }) == nullptr) return std::nullopt;
    return shdr;
  }

  [[nodiscard]] GElf_Shdr header_of(Elf_Scn* section) const {
    const std::optional<GElf_Shdr> shdr = find_header(section);
    if (!shdr) damaged("unreadable section header");
    return *shdr;
  }

  /// Returns the string at `offset` in section `strings`; a null pointer if there is none.
  [[nodiscard]] const char* string_at(std::size_t strings, std::size_t offset) const {
    return checked([&] { return elf_strptr(elf, strings, offset); });
  }

  [[nodiscard]] Elf_Data* data_of(Elf_Scn* section) const {
    return checked([&] { return elf_getdata(section, nullptr); });
  }

  void open() {
    if (elf == nullptr) check_system();
    if (elf == nullptr || elf_kind(elf) != ELF_K_ELF) throw Error(ErrorKind::wrong_file, name, "", "not an ELF file");
    if (checked([&] { return gelf_getehdr(elf, &header); }) == nullptr) damaged("unreadable header");
    // The section headers are at the end. libelf reports neither sections nor an error for a file that lacks them.
    const std::uint64_t table = std::uint64_t{header.e_shnum} * header.e_shentsize;
    if (header.e_shoff > size || table > size - header.e_shoff) {
      damaged("truncated: the section headers (" + std::to_string(table) + " bytes at " +
              std::to_string(header.e_shoff) + ") reach beyond the file's " + std::to_string(size) + " bytes");
    }
    errno = 0;
    if (elf_getshdrstrndx(elf, &section_names) != 0) {
      check_system();
      damaged("unreadable section names");
    }
    check_strings(section_names);
  }

  /// Refuses a compressed string section: libelf would decompress it, whatever its size is.
  void check_strings(std::size_t index) const {
    const std::optional<GElf_Shdr> shdr = find_header(elf_getscn(elf, index));
    if (!shdr) return;  // then libelf finds no name in it
    if ((shdr->sh_flags & SHF_COMPRESSED) != 0) throw Error(ErrorKind::unsupported, name, "ELF", "compressed names");
  }

  /// Returns the string at `offset` in section `strings`. `whose` names its owner in messages.
  [[nodiscard]] std::string_view text(std::size_t strings, std::size_t offset, const char* whose) const {
    const char* const found = string_at(strings, offset);
    if (found == nullptr) damaged(std::string(whose) + " has no readable name");
    const std::size_t length = ::strnlen(found, longest_name + 1);
    if (length > longest_name) {
      throw Error(ErrorKind::damaged, name, "ELF",
                  std::string(whose) + " has a name of over " + std::to_string(longest_name) + " bytes");
    }
    return {found, length};
  }

  /// Calls take(index, symbol, section of its name) for each symbol. Throws if the file has several symbol tables:
  /// libbpf accepts only one (bpf_object__elf_collect()).
  template <typename Take>
  void for_each_symbol(Take take) const {
    Elf_Scn* scn = nullptr;
    bool is_first = true;
    while ((scn = elf_nextscn(elf, scn)) != nullptr) {
      const GElf_Shdr shdr = header_of(scn);
      if (shdr.sh_type != SHT_SYMTAB) continue;
      if (!std::exchange(is_first, false)) throw Error(ErrorKind::damaged, name, "ELF", "several symbol tables");
      check_strings(shdr.sh_link);
      Elf_Data* data = data_of(scn);
      if (data == nullptr || shdr.sh_entsize == 0) damaged("unreadable symbol table");
      const std::size_t count = data->d_size / shdr.sh_entsize;
      for (std::size_t i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) damaged("unreadable symbol");
        take(static_cast<std::uint32_t>(i), symbol, shdr.sh_link);
      }
    }
  }

  /// Calls take(section, entries, number of entries, type) for each section of relocations. `section` is the index of
  /// the section to which the entries apply, `type` is SHT_REL or SHT_RELA. If `of_code` is true: SHT_REL of executable
  /// sections; otherwise SHT_REL and SHT_RELA of all other sections.
  template <typename Take>
  void for_each_relocations(bool of_code, Take take) const {
    const std::uint64_t most = size / sizeof(Elf32_Rel);
    std::uint64_t seen = 0;
    Elf_Scn* scn = nullptr;
    while ((scn = elf_nextscn(elf, scn)) != nullptr) {
      const GElf_Shdr shdr = header_of(scn);
      const bool is_meant = shdr.sh_type == SHT_REL || (shdr.sh_type == SHT_RELA && !of_code);
      if (!is_meant || shdr.sh_size == 0) continue;
      const std::optional<GElf_Shdr> target = find_header(elf_getscn(elf, shdr.sh_info));
      if (!target) damaged("relocations apply to a section that does not exist");
      if (((target->sh_flags & SHF_EXECINSTR) != 0) != of_code) continue;
      Elf_Data* data = data_of(scn);
      if (data == nullptr || shdr.sh_entsize == 0) damaged("unreadable relocations");
      const std::size_t count = data->d_size / shdr.sh_entsize;
      if (count > most - seen) damaged("sections of relocations overlap");
      seen += count;
      take(static_cast<std::uint32_t>(shdr.sh_info), data, count, shdr.sh_type);
    }
  }

  /// Returns the first section of that name that has data in the file, and sets `shdr` to its header; a null pointer if
  /// there is no such section.
  [[nodiscard]] Elf_Scn* find(std::string_view wanted, GElf_Shdr& shdr) const {
    Elf_Scn* scn = nullptr;
    while ((scn = elf_nextscn(elf, scn)) != nullptr) {
      shdr = header_of(scn);
      const char* found = string_at(section_names, shdr.sh_name);
      if (found == nullptr || shdr.sh_type == SHT_NOBITS) continue;
      if (std::strncmp(found, wanted.data(), wanted.size()) == 0 && found[wanted.size()] == '\0') return scn;
    }
    return nullptr;
  }

  /// Returns the string at `offset` in section `strings`; an empty text if there is none, or if it has over
  /// longest_name bytes.
  [[nodiscard]] std::string_view readable_text(std::size_t strings, std::size_t offset) const {
    const char* const found = string_at(strings, offset);
    const std::size_t length = found == nullptr ? 0 : ::strnlen(found, longest_name + 1);
    return length > longest_name ? std::string_view() : std::string_view(found, length);
  }

  [[nodiscard]] std::string describe(Elf_Scn* section, const GElf_Shdr& shdr) const {
    return "section " + std::to_string(elf_ndxscn(section)) + " (" + std::to_string(shdr.sh_size) + " bytes at " +
           std::to_string(shdr.sh_offset) + ")";
  }

  [[nodiscard]] std::span<const std::uint8_t> contents(Elf_Scn* section, const GElf_Shdr& shdr) const {
    if (shdr.sh_size == 0) return {};
    if ((shdr.sh_flags & SHF_COMPRESSED) != 0) {
      throw Error(ErrorKind::unsupported, name, "ELF", "a compressed section is needed");
    }
    const Elf_Data* data = checked([&] { return elf_rawdata(section, nullptr); });
    if (data == nullptr || data->d_buf == nullptr || data->d_size != shdr.sh_size) {
      damaged(describe(section, shdr) + " cannot be read");
    }
    return {static_cast<const std::uint8_t*>(data->d_buf), data->d_size};
  }
};

bool is_elf(std::span<const std::uint8_t> bytes) noexcept {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

ElfFile::ElfFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ElfFile::ElfFile(ElfFile&&) noexcept = default;
ElfFile& ElfFile::operator=(ElfFile&&) noexcept = default;
ElfFile::~ElfFile() = default;

ElfFile ElfFile::from_memory(std::span<const std::uint8_t> bytes, std::string name) {
  elf_version(EV_CURRENT);
  (void)elf_errno();  // clears an earlier error of this thread
  auto impl = std::make_unique<Impl>();
  impl->name = std::move(name);
  if (!is_elf(bytes)) throw Error(ErrorKind::wrong_file, impl->name, "", "not an ELF file");
  errno = 0;
  // elf_memory() takes a pointer to non-const. libelf writes only to files that are opened for writing.
  impl->elf = elf_memory(reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data())), bytes.size());
  impl->size = bytes.size();
  impl->open();
  return ElfFile(std::move(impl));
}

ElfFile ElfFile::from_file(int fd, std::string name) {
  elf_version(EV_CURRENT);
  (void)elf_errno();  // clears an earlier error of this thread
  auto impl = std::make_unique<Impl>();
  impl->name = std::move(name);
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw Error(ErrorKind::io, impl->name, "", std::strerror(errno));
  errno = 0;
  impl->elf = elf_begin(fd, ELF_C_READ, nullptr);
  impl->size = static_cast<std::uint64_t>(status.st_size);
  impl->open();
  return ElfFile(std::move(impl));
}

bool ElfFile::is_bpf_object() const noexcept {
  return impl_->header.e_machine == EM_BPF && impl_->header.e_type == ET_REL;
}

ByteOrder ElfFile::byte_order() const noexcept {
  return impl_->header.e_ident[EI_DATA] == ELFDATA2MSB ? ByteOrder::big : ByteOrder::little;
}

std::optional<Section> ElfFile::section(std::string_view name) const {
  GElf_Shdr shdr;
  Elf_Scn* const scn = impl_->find(name, shdr);
  if (scn == nullptr) return std::nullopt;
  return Section{.index = static_cast<std::uint32_t>(elf_ndxscn(scn)), .data = impl_->contents(scn, shdr)};
}

std::optional<std::uint64_t> ElfFile::section_size(std::string_view name) const {
  GElf_Shdr shdr;
  Elf_Scn* const scn = impl_->find(name, shdr);
  if (scn == nullptr) return std::nullopt;
  const bool is_in_file = shdr.sh_offset <= impl_->size && shdr.sh_size <= impl_->size - shdr.sh_offset;
  if (shdr.sh_size != 0 && !is_in_file) {
    impl_->damaged(impl_->describe(scn, shdr) + " reaches beyond the file's " + std::to_string(impl_->size) + " bytes");
  }
  return shdr.sh_size;
}

std::vector<CodeSection> ElfFile::code() const {
  std::vector<CodeSection> sections;
  std::uint64_t left = impl_->size;
  Elf_Scn* scn = nullptr;
  while ((scn = elf_nextscn(impl_->elf, scn)) != nullptr) {
    const GElf_Shdr shdr = impl_->header_of(scn);
    if (shdr.sh_type != SHT_PROGBITS || (shdr.sh_flags & SHF_EXECINSTR) == 0 || shdr.sh_size == 0) continue;
    const std::span<const std::uint8_t> data = impl_->contents(scn, shdr);
    if (data.size() > left) throw Error(ErrorKind::damaged, impl_->name, "ELF", "code sections overlap");
    left -= data.size();
    sections.push_back({.index = static_cast<std::uint32_t>(elf_ndxscn(scn)),
                        .name = impl_->text(impl_->section_names, shdr.sh_name, "a code section"),
                        .data = data});
  }
  return sections;
}

std::vector<FunctionSymbol> ElfFile::functions() const {
  std::vector<FunctionSymbol> functions;
  impl_->for_each_symbol([&](std::uint32_t, const GElf_Sym& symbol, std::size_t names) {
    if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC) return;
    functions.push_back({.name = impl_->text(names, symbol.st_name, "a function symbol"),
                         .section = symbol.st_shndx,
                         .offset = symbol.st_value,
                         .size = symbol.st_size,
                         .is_local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL});
  });
  return functions;
}

std::vector<ExternSymbol> ElfFile::externs() const {
  std::vector<ExternSymbol> externs;
  impl_->for_each_symbol([&](std::uint32_t index, const GElf_Sym& symbol, std::size_t names) {
    const auto binding = GELF_ST_BIND(symbol.st_info);
    if (symbol.st_shndx != SHN_UNDEF || GELF_ST_TYPE(symbol.st_info) != STT_NOTYPE) return;
    if (binding != STB_GLOBAL && binding != STB_WEAK) return;
    const std::string_view text = impl_->text(names, symbol.st_name, "an undefined symbol");
    if (!text.empty()) externs.push_back({.index = index, .name = text, .weak = binding == STB_WEAK});
  });
  return externs;
}

std::vector<CodeRelocation> ElfFile::code_relocations() const {
  std::vector<GElf_Sym> symbols;
  impl_->for_each_symbol([&](std::uint32_t, const GElf_Sym& symbol, std::size_t) { symbols.push_back(symbol); });
  std::vector<CodeRelocation> relocations;
  impl_->for_each_relocations(true, [&](std::uint32_t section, Elf_Data* data, std::size_t count, std::uint32_t) {
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Rel entry;
      if (gelf_getrel(data, static_cast<int>(i), &entry) == nullptr) impl_->damaged("unreadable relocation");
      const std::size_t symbol = GELF_R_SYM(entry.r_info);
      if (symbol >= symbols.size()) impl_->damaged("a relocation refers to a symbol that does not exist");
      relocations.push_back({.section = section,
                             .offset = entry.r_offset,
                             .symbol = static_cast<std::uint32_t>(symbol),
                             .target_section = symbols[symbol].st_shndx,
                             .target_offset = symbols[symbol].st_value});
    }
  });
  return relocations;
}

std::vector<RelocatedPlace> ElfFile::data_relocations(std::span<const std::uint32_t> sections) const {
  std::vector<RelocatedPlace> places;
  impl_->for_each_relocations(false, [&](std::uint32_t section, Elf_Data* data, std::size_t count, std::uint32_t type) {
    if (!std::ranges::binary_search(sections, section)) return;
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Rel entry;
      GElf_Rela longer;
      const bool has_addend = type == SHT_RELA;
      const bool is_read = has_addend ? gelf_getrela(data, static_cast<int>(i), &longer) != nullptr
                                      : gelf_getrel(data, static_cast<int>(i), &entry) != nullptr;
      if (!is_read) impl_->damaged("unreadable relocation");
      places.push_back({.section = section, .offset = has_addend ? longer.r_offset : entry.r_offset});
    }
  });
  return places;
}

std::vector<ReadOnlySection> ElfFile::read_only_data() const {
  std::vector<ReadOnlySection> sections;
  std::uint64_t left = impl_->size;
  Elf_Scn* scn = nullptr;
  while ((scn = elf_nextscn(impl_->elf, scn)) != nullptr) {
    const GElf_Shdr shdr = impl_->header_of(scn);
    if (shdr.sh_type != SHT_PROGBITS || shdr.sh_size == 0) continue;
    if ((shdr.sh_flags & (SHF_EXECINSTR | SHF_COMPRESSED)) != 0) continue;
    const char* const found = impl_->string_at(impl_->section_names, shdr.sh_name);
    constexpr std::string_view plain = ".rodata";
    if (found == nullptr || std::strncmp(found, plain.data(), plain.size()) != 0) continue;
    if (found[plain.size()] != '\0' && found[plain.size()] != '.') continue;
    const std::size_t length = ::strnlen(found, longest_name + 1);
    if (length > longest_name) continue;
    const std::span<const std::uint8_t> data = impl_->contents(scn, shdr);
    if (data.size() > left) throw Error(ErrorKind::damaged, impl_->name, "ELF", "sections of read-only data overlap");
    left -= data.size();
    sections.push_back({.index = static_cast<std::uint32_t>(elf_ndxscn(scn)), .name = {found, length}, .data = data});
  }
  return sections;
}

std::vector<DataSymbol> ElfFile::data_symbols() const {
  std::vector<DataSymbol> symbols;
  impl_->for_each_symbol([&](std::uint32_t, const GElf_Sym& symbol, std::size_t names) {
    if (GELF_ST_TYPE(symbol.st_info) != STT_OBJECT) return;
    const std::string_view name = impl_->readable_text(names, symbol.st_name);
    if (name.empty()) return;
    symbols.push_back({.name = name, .section = symbol.st_shndx, .offset = symbol.st_value, .size = symbol.st_size});
  });
  return symbols;
}

namespace {

/// Numbers below `count`, each of which can be claimed once. Claimed numbers are skipped in nearly constant time: each
/// refers to a number behind it, and the references are shortened when they are followed.
class FirstClaims {
 public:
  explicit FirstClaims(std::size_t count) : next_(count + 1) { std::iota(next_.begin(), next_.end(), 0U); }

  /// Returns the first number from `from` on that is not claimed; `count` if there is none.
  std::size_t next(std::size_t from) {
    while (next_[from] != from) {
      next_[from] = next_[next_[from]];
      from = next_[from];
    }
    return from;
  }
  void claim(std::size_t number) { next_[number] = number + 1; }

 private:
  std::vector<std::size_t> next_;
};

}  // namespace

std::vector<PlaceNames> ElfFile::names_of_places(std::span<const std::uint64_t> offsets) const {
  std::vector<PlaceNames> places(offsets.size());
  // Sections may overlap, and symbols may be at the same place: each place is named only once.
  FirstClaims sections(offsets.size());
  std::vector<bool> has_symbol(offsets.size());
  std::vector<GElf_Shdr> headers(1);  // by index
  Elf_Scn* scn = nullptr;
  while ((scn = elf_nextscn(impl_->elf, scn)) != nullptr) {
    const GElf_Shdr shdr = impl_->header_of(scn);
    headers.push_back(shdr);
    if (shdr.sh_type == SHT_NOBITS) continue;
    const auto at = std::ranges::lower_bound(offsets, shdr.sh_offset);
    std::size_t place = sections.next(static_cast<std::size_t>(at - offsets.begin()));
    if (place == offsets.size() || offsets[place] - shdr.sh_offset >= shdr.sh_size) continue;
    const std::string_view name = impl_->readable_text(impl_->section_names, shdr.sh_name);
    for (; place != offsets.size() && offsets[place] - shdr.sh_offset < shdr.sh_size; place = sections.next(place)) {
      places[place].section = name;
      sections.claim(place);
    }
  }
  impl_->for_each_symbol([&](std::uint32_t, const GElf_Sym& symbol, std::size_t names) {
    if (GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || symbol.st_shndx >= headers.size()) return;
    const GElf_Shdr& shdr = headers[symbol.st_shndx];
    // A section without bytes in the file, or a symbol at the end of its section: another section begins there.
    if (shdr.sh_type == SHT_NOBITS || symbol.st_value - shdr.sh_addr >= shdr.sh_size) return;
    // In a relocatable file sh_addr is 0, and st_value is an offset in the section.
    const std::uint64_t offset = symbol.st_value - shdr.sh_addr + shdr.sh_offset;
    const auto at = std::ranges::lower_bound(offsets, offset);
    if (at == offsets.end() || *at != offset) return;
    const auto place = static_cast<std::size_t>(at - offsets.begin());
    if (has_symbol[place]) return;
    has_symbol[place] = true;
    places[place].symbol = impl_->readable_text(names, symbol.st_name);
  });
  return places;
}

}  // namespace minbtf::elf

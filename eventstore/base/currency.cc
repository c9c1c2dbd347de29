#include "eventstore/base/currency.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace mlup {
namespace {

constexpr std::size_t kDefaultPlaces = 2;

// Each with a space behind it.
constexpr std::string_view kCodes =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR "
    "KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
    "MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR "
    "SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS "
    "UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ";

// Places after the point that are not two, as ISO 4217 has them; KHR as it is used.
constexpr std::string_view kWithoutPlaces =
    "BIF CLP DJF GNF ISK JPY KHR KMF KRW PYG RWF UGX VND VUV XAF XOF XPF ";
constexpr std::string_view kWithThreePlaces = "BHD IQD JOD KWD LYD OMR TND ";

bool Holds(std::string_view codes, std::string_view code) {
  return code.size() == 3 && code.find(' ') == std::string_view::npos &&
         codes.find(code) != std::string_view::npos;
}

std::size_t PlacesOf(std::string_view currency) {
  if (!IsCurrency(currency) || Holds(kWithoutPlaces, currency)) return 0;
  return Holds(kWithThreePlaces, currency) ? 3 : kDefaultPlaces;
}

}  // namespace

bool IsCurrency(std::string_view code) { return Holds(kCodes, code); }

std::string FormatAmount(std::int64_t amount_minor, std::string_view currency) {
  const bool negative = amount_minor < 0;
  // The least number has no positive of its own kind.
  const auto magnitude = negative ? ~static_cast<std::uint64_t>(amount_minor) + 1
                                  : static_cast<std::uint64_t>(amount_minor);
  const std::size_t places = PlacesOf(currency);
  std::uint64_t unit = 1;
  for (std::size_t i = 0; i < places; ++i) unit *= 10;
  std::string text = absl::StrCat(negative ? "-" : "", magnitude / unit);
  if (places == 0) return text;
  const std::string rest = absl::StrCat(magnitude % unit);
  absl::StrAppend(&text, ".", std::string(places - rest.size(), '0'), rest);
  return text;
}

std::string FormatMoney(std::int64_t amount_minor, std::string_view currency) {
  return std::string(currency).append(" ").append(FormatAmount(amount_minor, currency));
}

}  // namespace mlup

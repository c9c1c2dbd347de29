// The bytes of one connection, encrypted or not.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>

#include "eventstore/base/status.h"
#include "services/tls/tls_files.h"

namespace mlup::gateway {

// One read and one write at a time; the two may overlap. Network thread only. What is called back
// keeps the transport and the bytes alive.
class HttpTransport {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Done = std::function<void(boost::system::error_code)>;
  using Got = std::function<void(boost::system::error_code, std::size_t)>;

  virtual ~HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  // Before anything else.
  virtual void Handshake(Done done) = 0;
  // At least one byte.
  virtual void Read(boost::asio::mutable_buffer into, Got got) = 0;
  // All of it.
  virtual void Write(boost::asio::const_buffer from, Done done) = 0;
  // Says that no more comes, and passes over what arrives until the other side has ended too: a
  // socket that is closed before takes back what was written last.
  virtual void Finish(Done done) = 0;
  // Ends all that is under way with an error.
  void Close();

 protected:
  HttpTransport() = default;

  virtual Socket& socket() = 0;
  // The end of Finish().
  void Drain(Done done);

 private:
  void PassOver(Done done);

  std::array<char, 512> passed_over_{};
};

std::unique_ptr<HttpTransport> PlainTransport(HttpTransport::Socket socket);

// The context must outlive it.
std::unique_ptr<HttpTransport> TlsTransport(HttpTransport::Socket socket,
                                            boost::asio::ssl::context& context);

// TLS 1.2 or newer; every connection shows its certificate anew. INVALID_ARGUMENT
// TLS_IDENTITY_INVALID naming the field of the identity.
absl::StatusOr<std::unique_ptr<boost::asio::ssl::context>> MakeTlsContext(
    const tls::TlsIdentity& identity);

}  // namespace mlup::gateway

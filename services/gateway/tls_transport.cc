// A socket with TLS; the handshake decides, and nothing is ever sent in the clear.
#include <string_view>
#include <utility>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "services/gateway/http_transport.h"

namespace mlup::gateway {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

class Tls final : public HttpTransport {
 public:
  Tls(Socket socket, ssl::context& context) : stream_(std::move(socket), context) {}

  void Handshake(Done done) override {
    stream_.async_handshake(ssl::stream_base::server, std::move(done));
  }
  void Read(asio::mutable_buffer into, Got got) override {
    stream_.async_read_some(into, std::move(got));
  }
  void Write(asio::const_buffer from, Done done) override {
    asio::async_write(
        stream_, from,
        [done = std::move(done)](boost::system::error_code error, std::size_t) { done(error); });
  }
  void Finish(Done done) override {
    // It fails where more arrives, or where the other side leaves without a word; the end has been
    // said in any case.
    stream_.async_shutdown([this, done = std::move(done)](boost::system::error_code error) mutable {
      if (error == asio::error::operation_aborted) return done(error);
      Drain(std::move(done));
    });
  }

 private:
  Socket& socket() override { return stream_.next_layer(); }

  ssl::stream<Socket> stream_;
};

absl::Status Invalid(std::string_view field, const boost::system::error_code& error) {
  ERR_clear_error();
  return FieldError(absl::StatusCode::kInvalidArgument, "TLS_IDENTITY_INVALID", field,
                    error.message());
}

}  // namespace

std::unique_ptr<HttpTransport> TlsTransport(HttpTransport::Socket socket, ssl::context& context) {
  return std::make_unique<Tls>(std::move(socket), context);
}

absl::StatusOr<std::unique_ptr<ssl::context>> MakeTlsContext(const tls::TlsIdentity& identity) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  // Without sessions to resume, a client's certificate is checked each time.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  // What waits holds no buffers.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  // Else OpenSSL would ask the terminal.
  context->set_password_callback([](auto...) { return std::string(); }, error);
  context->use_certificate_chain(asio::buffer(identity.certificate_chain), error);
  if (error) return Invalid("certificate_chain", error);
  context->use_private_key(asio::buffer(identity.private_key), ssl::context::pem, error);
  if (error) return Invalid("private_key", error);
  if (identity.client_ca.empty()) return context;
  context->add_certificate_authority(asio::buffer(identity.client_ca), error);
  if (error) return Invalid("client_ca", error);
  context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  return context;
}

}  // namespace mlup::gateway

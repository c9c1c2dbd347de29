// Who follows events and how far they are, what does not move and why, and the events themselves.
import { Help, Title } from '../components';
import { Events } from '../bus/events';
import { Groups } from '../bus/groups';
import { ReadModels } from '../bus/read_models';
import { Subscribers } from '../bus/subscribers';
import { t } from '../language';

export function BusPage({ query }: { query: URLSearchParams }) {
  return (
    <>
      <Title>{t('page.bus')}</Title>
      <Subscribers />
      <ReadModels />
      <Groups />
      <Events query={query} />
      <Help page="bus" />
    </>
  );
}
